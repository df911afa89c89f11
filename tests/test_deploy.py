"""What is deployed is what exists: compose files and chart are linted by the real programs, and their environment by the real Settings."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from deploy_tools import CHART, DEPLOY, ROOT, helm, program, ran

from assistant.settings import Settings, read

SPLIT = yaml.safe_load((DEPLOY / "compose.split.yaml").read_text("utf-8"))
SERVICES = SPLIT["services"]
OWN = ("api", "ui", "ray-head", "ray-worker")
NO_SETTINGS = {"ASSISTANT_API_TOKEN"}
"""Read by the chat page alone."""
PRODUCTION = {
    "existingSecret": "mine", "settings": {"ASSISTANT_PROFILE": "remote", "ASSISTANT_LIMITS_TURNS_WAITING": "16"},
    "extraSecrets": {"OPENAI_API_KEY": {"name": "vllm", "key": "key"}},
    "api": {"autoscaling": {"enabled": True}, "tolerations": [{"key": "x", "operator": "Exists"}]},
    "ray": {"workerGpus": 1}, "postgresql": {"enabled": False, "host": "db.example", "parameters": "sslmode=verify-full"},
    "milvus": {"enabled": False, "url": "https://milvus.example:19530/app"}, "blobs": {"existingClaim": "nfs"},
    "ingress": {"enabled": True, "trustedProxies": "10.0.0.0/8"}, "monitoring": {"serviceMonitor": True, "existingSecret": "key"},
    "networkPolicy": {"egress": [{"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}], "ports": [{"port": 5432}]}]},
    "backup": {"existingClaim": "b", "restoreFrom": "2026-11-22T021700Z"},
}  # fmt: skip


def accepted(environment, tmp_path):
    """The settings of an environment, every variable of which they know."""
    found = read({}, environment, tmp_path / "none.toml")
    known = set(found.sources.values())
    unknown = [name for name in environment if name.startswith("ASSISTANT_") and f"environment {name}" not in known]
    assert not unknown, f"no settings: {unknown}"
    return found


def with_secrets(names):
    return {name: "x" * 40 for name in names if name not in NO_SETTINGS and name.startswith("ASSISTANT_")}


# ---- compose


@pytest.mark.parametrize("name", ["compose.yaml", "compose.split.yaml"])
def test_docker_compose_takes_the_file(name):
    compose = program("docker-compose")
    ran(compose, "-f", DEPLOY / name, "--profile", "monitoring", "config", "-q", environment={"ASSISTANT_API_KEYS": "x" * 40})


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded_and_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]
    assert service["healthcheck"]["test"]
    assert "privileged" not in service
    assert not service["image"].endswith(":latest") or name in OWN


def test_only_the_api_reaches_databases_and_only_the_door_is_outside():
    on = {name: {one for one, service in SERVICES.items() if name in service["networks"]} for name in SPLIT["networks"]}
    assert on["databases"] == {"api", "postgres", "milvus"}
    assert on["milvus"] == {"milvus", "etcd", "minio"}
    assert on["models"] == {"api", "ray-head", "ray-worker"}
    assert on["outside"] == {"proxy", "prometheus"}
    assert all(SPLIT["networks"][name] and SPLIT["networks"][name]["internal"] for name in on if name != "outside")
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all("127.0.0.1:" in port for port in published)


def test_secrets_are_files():
    for name, service in SERVICES.items():
        for variable, value in (service.get("environment") or {}).items():
            secret = re.search(r"PASSWORD|TOKEN|SECRET|KEY", variable)
            assert not secret or str(value).startswith("/run/secrets/"), f"{name}: {variable}"
    assert all("file" in secret for secret in SPLIT["secrets"].values())
    assert "secrets" in (DEPLOY / ".gitignore").read_text("utf-8")


@pytest.mark.parametrize("name", OWN)
def test_the_environment_of_a_container_is_one_of_settings(name, tmp_path):
    service = SERVICES[name]
    plain = {key: value for key, value in service.get("environment", {}).items() if key.startswith("ASSISTANT_")}
    secrets = [one if isinstance(one, str) else one["source"] for one in service["secrets"]]
    found = accepted(plain | with_secrets(secrets), tmp_path)
    if name == "api":
        chosen = found.model_dump()
        assert (chosen["database"], chosen["store"], chosen["models_runtime"]) == (
            "postgres://assistant@postgres:5432/assistant", "milvus:http://milvus:19530", "ray:http://ray-head:8100",
        )  # fmt: skip


def test_the_proxy_takes_every_request_where_it_belongs():
    from ui.api.app import create_app

    conf = (DEPLOY / "split/nginx.conf").read_text("utf-8")
    told = re.search(r"location ~ (\S+) \{", conf)[1]
    first = {"/" + getattr(route, "path", "/").split("/")[1] for route in create_app(lambda: None, Settings()).router.routes}
    for path in first - {"/", "/metrics"}:
        assert re.search(told, path), f"{path} would go to the page"
        assert path in ("/healthz", "/readyz") or f'"{path}"' in (CHART / "templates/ingress.yaml").read_text("utf-8")
    assert not re.search(told, "/metrics")
    assert "location = /metrics" in conf


def test_nginx_takes_its_file(tmp_path):
    nginx = program("nginx")
    secrets = tmp_path / "secrets"
    ran("sh", DEPLOY / "split/secrets.sh", secrets)
    conf = (DEPLOY / "split/nginx.conf").read_text("utf-8").replace("/tmp/", f"{tmp_path}/").replace("/run/secrets/", f"{secrets}/")
    (tmp_path / "nginx.conf").write_text(conf, "utf-8")
    assert "test is successful" in ran(nginx, "-t", "-c", tmp_path / "nginx.conf")


def test_prometheus_takes_its_files(tmp_path):
    promtool = program("promtool")
    for name in ("prometheus.yaml", "split/prometheus.yaml"):
        ran(promtool, "check", "config", "--syntax-only", DEPLOY / name)
    ran(promtool, "check", "rules", DEPLOY / "prometheus-alerts.yaml")


# ---- scripts


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_one_of_the_plain_shell(path):
    ran("sh", "-n", path)
    if shutil.which("shellcheck"):
        ran("shellcheck", path)


def test_secrets_are_made_once_and_become_variables(tmp_path):
    folder = tmp_path / "secrets"
    ran("sh", DEPLOY / "split/secrets.sh", folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert not ran("sh", DEPLOY / "split/secrets.sh", folder), "what is there stays"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {secret["file"].partition("/")[2] for secret in SPLIT["secrets"].values()} == set(before)
    (folder / "ASSISTANT_STRANGE").write_text("two words $HOME 'and' \"more\"\n")
    code = "import os; print([os.environ.get(n) for n in ('ASSISTANT_STRANGE', 'ASSISTANT_API_KEYS', 'minio_password')])"
    said = ran("sh", DEPLOY / "with-secrets.sh", "python3", "-c", code, environment={"SECRETS_DIR": str(folder)})
    assert said.strip() == str(["two words $HOME 'and' \"more\"", before["ASSISTANT_API_KEYS"].decode(), None])
    ran("sh", DEPLOY / "with-secrets.sh", "true", environment={"SECRETS_DIR": str(tmp_path / "none")})


def test_a_backup_comes_back_whole_over_a_real_server(tmp_path):
    from postgres_server import PASSWORD, programs, server

    if (tools := programs()) is None or not (tools / "pg_dump").exists():
        pytest.skip("PostgreSQL's programs are not here: apt-get install postgresql")
    one, data, kept = server(), tmp_path / "data", tmp_path / "backup"
    address = one.database()
    for folder in (data / "blobs", data / "indexes", kept):
        folder.mkdir(parents=True)
    (data / "blobs/a").write_text("first")
    (data / "indexes/derived").write_text("x")
    around = {"PATH": f"{tools}:{os.environ['PATH']}", "DATABASE": address, "PGPASSWORD": PASSWORD, "DATA": str(data)}
    around |= {"BACKUP": str(kept), "KEEP_DAYS": "14"}

    def sql(statement):
        return ran(tools / "psql", f"--dbname={address}", "-Atc", statement, environment=around).strip()

    sql("CREATE SCHEMA library; CREATE TABLE library.items (id text PRIMARY KEY); INSERT INTO library.items VALUES ('a'), ('b')")
    ran("sh", CHART / "files/backup.sh", environment=around)
    (made,) = kept.iterdir()
    sql("DELETE FROM library.items; CREATE TABLE library.later (id text REFERENCES library.items)")
    sql("CREATE VIEW library.seen AS SELECT * FROM library.items")
    shutil.rmtree(data / "blobs")
    ran("sh", CHART / "files/restore.sh", environment=around | {"FROM": made.name})
    assert sql("SELECT string_agg(id, ',' ORDER BY id) FROM library.items") == "a,b"
    assert (data / "blobs/a").read_text() == "first"
    assert not (data / "indexes").exists()
    assert "indexes" not in ran("tar", "-tf", made / "data.tar")
    dump = made / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-20])
    sql("DELETE FROM library.items WHERE id = 'a'")
    assert "FAILED" in ran("sh", CHART / "files/restore.sh", environment=around | {"FROM": made.name}, fails=True)
    ran("sh", "-c", f"cd {made} && sha256sum database.dump data.tar > SHA256SUMS")
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    ran("sh", "-c", f"cd {made} && sha256sum database.dump data.tar > SHA256SUMS")
    ran("sh", CHART / "files/restore.sh", environment=around | {"FROM": made.name}, fails=True)
    assert sql("SELECT string_agg(id, ',') FROM library.items") == "b", "a restore that fails leaves everything as it was"
    one.drop(address)


# ---- chart


def rendered(tmp_path, values):
    told = tmp_path / "values.yaml"
    told.write_text(yaml.safe_dump(values), "utf-8")
    out = tmp_path / "rendered.yaml"
    out.write_text(ran(helm(), "template", "y", CHART, "--namespace", "here", "-f", told), "utf-8")
    return out, [one for one in yaml.safe_load_all(out.read_text("utf-8")) if one]


@pytest.fixture(params=[{}, PRODUCTION], ids=["trying", "production"])
def chart(request, tmp_path):
    return rendered(tmp_path, request.param)


def pods(objects):
    for one in objects:
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if one["kind"] == "Pod":
            yield one["metadata"], spec
        elif template:
            yield template["metadata"] | {"name": one["metadata"]["name"]}, template["spec"]


def test_helm_lints_the_chart(tmp_path):
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(PRODUCTION), "utf-8")
    ran(helm(), "lint", "--strict", CHART)
    ran(helm(), "lint", "--strict", CHART, "-f", tmp_path / "values.yaml")


@pytest.mark.parametrize("wrong", ["api.replica=3", "milvus.enabled=false", "postgresql.enabled=false", "api.replicas=0", "blobs.storage=much",
                                   "image.pullPolicy=Sometimes", "settings.lower=1"])  # fmt: skip
def test_values_that_mean_nothing_are_refused(wrong):
    ran(helm(), "template", "y", CHART, "--set", wrong, fails=True)


@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_kubernetes_takes_every_object(chart, version):
    said = ran(program("kubernetes-validate"), "--strict", "-k", version, chart[0])
    assert said.count("passed") >= len([one for one in chart[1] if one["kind"] != "ServiceMonitor"])


def test_every_pod_is_hardened_and_bounded(chart):
    for metadata, spec in pods(chart[1]):
        assert spec["automountServiceAccountToken"] is False, metadata["name"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            held = container["securityContext"]
            assert held == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]
            assert ":" in container["image"]
            assert not container["image"].endswith(":latest")
            for variable in container.get("env", []):
                assert "valueFrom" in variable or not re.search("PASSWORD|TOKEN|SECRET|API_KEY", variable["name"])


def test_policies_deny_what_is_not_needed(chart):
    policies = {one["metadata"]["name"].removeprefix("y-synesthesia-"): one["spec"] for one in chart[1] if one["kind"] == "NetworkPolicy"}
    everything = policies.pop("default")
    assert everything["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everything
    selectors = everything["podSelector"]["matchLabels"]
    for metadata, _ in pods(chart[1]):
        assert selectors.items() <= metadata["labels"].items(), "every pod is under the default"
        assert metadata["labels"]["app.kubernetes.io/component"] in policies

    def come(part):
        peers = [peer for rule in policies[part]["ingress"] for peer in rule["from"]]
        return {peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in peers if "podSelector" in peer}

    assert come("postgresql") == {"api", "backup"}
    assert come("milvus") == {"api"}
    assert come("ray-head") == {"api", "ray-worker"}
    assert come("api") == {"ui", "test"}
    assert come("ui") == set()


def test_the_environment_of_the_chart_is_one_of_settings(chart, tmp_path):
    for _, spec in pods(chart[1]):
        for container in spec["containers"]:
            told = {v["name"]: v.get("value", "x" * 40) for v in container.get("env", []) if v["name"] not in NO_SETTINGS}
            if container["name"] != "milvus":
                accepted({name: value for name, value in told.items() if name.startswith("ASSISTANT_")}, tmp_path)


def test_services_lead_to_pods_and_ports_that_exist(chart):
    ports = {}
    for metadata, spec in pods(chart[1]):
        ports[metadata["labels"]["app.kubernetes.io/component"]] = {p["name"] for c in spec["containers"] for p in c.get("ports", [])}
    for one in chart[1]:
        if one["kind"] == "Service":
            component = one["spec"]["selector"]["app.kubernetes.io/component"]
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports[component]


def test_the_api_drains_before_it_ends(chart):
    (spec,) = [spec for metadata, spec in pods(chart[1]) if metadata["name"] == "y-synesthesia-api"]
    from ui.api.server import SHUTDOWN_SECONDS

    (container,) = spec["containers"]
    drain = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert drain + SHUTDOWN_SECONDS < spec["terminationGracePeriodSeconds"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def exists(words):
    """Whether a command line of ours has a command and options that there are."""
    import typer

    from ui.cli.main import app

    command, rest = typer.main.get_command(app), list(words[1:])
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known, words


def test_commands_of_the_chart_exist(chart):
    for _, spec in pods(chart[1]):
        for container in spec["containers"]:
            if container.get("args", [""])[0] == "assistant":
                exists(container["args"])


def test_commands_of_the_compose_file_and_of_switches_exist():
    for name in OWN:
        if SERVICES[name]["command"][0] == "assistant":
            exists(SERVICES[name]["command"])
    head = "assistant cluster up --ray auto --host 0.0.0.0"
    assert head in (DEPLOY / "ray-head.sh").read_text("utf-8")
    exists(head.split())
    assert "serve, --host, 0.0.0.0, --port" in (CHART / "templates/api.yaml").read_text("utf-8")
    exists(["assistant", "serve", "--processes", "2"])


def test_autoscaling_asks_for_a_number_that_the_server_shows():
    from ui.api.gauges import show_all

    assert show_all
    source = (ROOT / "ui/api/gauges.py").read_text("utf-8")
    assert '(("turns", services.turns)' in source
    assert '"{name}_waiting"' in source.replace("f", "")
    adapter = yaml.safe_load((DEPLOY / "helm/prometheus-adapter-values.yaml").read_text("utf-8"))
    (rule,) = adapter["rules"]["custom"]
    assert rule["seriesQuery"].startswith("synesthesia_turns_waiting{")
    assert "name: synesthesia_turns_waiting" in (CHART / "templates/api.yaml").read_text("utf-8")


def test_the_image_has_the_scripts_that_are_called():
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    for name in ("with-secrets", "ray-head"):
        assert f"deploy/{name}.sh /usr/local/bin/{name}" in dockerfile
        assert f"!deploy/{name}.sh" in ignored
    if shutil.which("docker"):
        done = subprocess.run(["docker", "buildx", "build", "--check", "."], cwd=ROOT, capture_output=True, text=True, timeout=60)
        if "daemon" not in done.stderr and "unknown" not in done.stderr:
            assert done.returncode == 0, done.stderr
