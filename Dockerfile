# syntax=docker/dockerfile:1
# Slim CPU image. Build: docker build -t synesthesia .   Run: see deploy/compose.yaml
# On x86, the default torch wheel brings GPU libraries along. For a small image name PyTorch's CPU wheel index:
#   docker build --build-arg TORCH_INDEX=<address of the CPU wheel index> -t synesthesia .

FROM python:3.11-slim AS build
ARG TORCH_INDEX=""
ARG EXTRAS=voice
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/assistant
ENV PATH=/opt/assistant/bin:$PATH
WORKDIR /src
# torch alone first: its layer stays when only the project changes.
COPY pyproject.toml ./
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$(sed -n 's/^ *"\(torch==[0-9.]*\)",.*/\1/p' pyproject.toml)"
COPY README.md LICENSE ./
COPY retrieval retrieval
COPY tools tools
COPY assistant assistant
COPY ui ui
RUN pip install ".[${EXTRAS}]"
# The text encoder is exported here once, so that a container starts at once and needs no writable cache.
RUN ASSISTANT_CACHE_DIR=/opt/assistant/cache assistant models prepare

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 assistant && install -d -o assistant -g assistant /data
COPY --from=build /opt/assistant /opt/assistant
# For the split deployments: secrets from files, the head of a Ray cluster.
COPY --chmod=755 deploy/with-secrets.sh /usr/local/bin/with-secrets
COPY --chmod=755 deploy/ray-head.sh /usr/local/bin/ray-head
ENV PATH=/opt/assistant/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ASSISTANT_CACHE_DIR=/opt/assistant/cache \
    ASSISTANT_DATA_DIR=/data
USER assistant
WORKDIR /home/assistant
VOLUME /data
EXPOSE 8000 8501
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
STOPSIGNAL SIGINT
# Beyond loopback the API demands a key (ASSISTANT_API_KEYS, or `assistant keys create`) and the chat page a login: while there is no
# account, a code is printed at the start with which the page makes the first one (docs/accounts.md). Both speak HTTP: publish them to this
# machine only, as deploy/compose.yaml does, or put a proxy that speaks TLS in front.
CMD ["assistant", "up", "--host", "0.0.0.0", "--ui-host", "0.0.0.0"]
