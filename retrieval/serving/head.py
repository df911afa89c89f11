"""Head: the process that starts Ray on this machine, or joins a cluster, and deploys the models there. Run as a module, by `cluster.py`.

It writes how far it is into a file, because whoever started it may come and go. A cluster it joined goes on without it; a Ray it started
ends with it. Nothing is reported to anybody: Ray's usage statistics and its dashboard are off.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from retrieval.serving.plan import Phase, Plan, State, write

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_enable_metrics_collection": "0", "RAY_SERVE_LOG_TO_STDERR": "0", "RAY_TRAIN_ENABLE_STATE_TRACKING": "0",
    "RAY_prestart_worker_first_driver": "0", "RAY_num_prestart_python_workers": "0", "RAY_enable_worker_prestart": "0",
}  # fmt: skip
GROWS, SHRINKS = 5, 300
"""Seconds of too much, and of too little to do after which a replica is started, and one is ended."""
SECONDS = 0.3
"""Between two looks at the deployments."""


def main(path: Path) -> None:
    """Deploy the plan in the file `path`; returns when it is to end, or at once after joining a cluster."""
    plan = Plan.model_validate_json(path.read_text("utf-8"))
    ended = threading.Event()
    os.environ.update(QUIET)

    def tell(phase: Phase, deployments: Any = (), error: str = "") -> None:
        write(plan, State(pid=os.getpid(), begun=plan.begun, port=plan.port, phase=phase, deployments=tuple(deployments), error=error))

    if plan.haproxy:
        os.environ.update(_carried(plan))
    try:
        tell("starting")
        _begin(plan)
        for number in (signal.SIGTERM, signal.SIGINT):  # not before: Ray sets its own
            signal.signal(number, lambda number, frame: ended.set())
        tell("deploying")
        if plan.removes:
            _remove(plan)
            tell("ready")
            return
        _deploy(plan)
        _until_ready(plan, tell, ended)
        if not plan.joins:
            _stay(plan, tell, ended)
    except Exception as error:
        tell("failed", error=f"{type(error).__name__}: {error}".splitlines()[0][:2000])
        raise
    finally:
        _end(plan)


def _carried(plan: Plan) -> dict[str, str]:
    """What Serve reads to have HAProxy carry the calls, with its files beside Ray's, so that two clusters of a machine do not meet."""
    files = {"CONFIG_FILE_LOC": "haproxy.cfg", "SOCKET_PATH": "admin.sock", "SERVER_STATE_BASE": "", "SERVER_STATE_FILE": "server-state"}
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [str(listener.getsockname()[1]) for listener in (one, other)]
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1", "RAY_SERVE_HAPROXY_METRICS_PORT": ports[0], "RAY_SERVE_HAPROXY_STATS_PORT": ports[1],
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "2",
        **{f"RAY_SERVE_HAPROXY_{name}": str(plan.folder / file) for name, file in files.items()},
    }  # fmt: skip


def _begin(plan: Plan) -> None:
    if plan.joins:
        import ray

        ray.init(address=plan.address, log_to_driver=False, logging_level="error")
        return
    # Read as Ray is imported: without it, whoever on this machine finds the port may run programs as this person.
    os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)})
    import ray
    from ray._private import ray_constants

    # Or else Ray takes the address by which others reach this machine, also when it is told 127.0.0.1.
    ray_constants.ENABLE_RAY_CLUSTER = False
    ray.init(
        address="local", num_cpus=plan.cpus, num_gpus=plan.gpus, include_dashboard=False, object_store_memory=plan.object_store_bytes,
        log_to_driver=False, logging_level="error", _node_ip_address="127.0.0.1", _temp_dir=str(plan.folder),
    )  # fmt: skip


def _deploy(plan: Plan) -> None:
    from ray import serve

    from retrieval.serving.replica import Replica

    serve.start(proxy_location="HeadOnly", http_options={"host": plan.host, "port": plan.port}, logging_config={"log_level": "WARNING"})
    targets = []
    for deployment in plan.deployments:
        room = deployment.capacity
        grows = room.most > room.least
        scaling: dict[str, Any] = {"num_replicas": room.least} if not grows else {"autoscaling_config": {
            "min_replicas": room.least, "max_replicas": room.most, "target_ongoing_requests": room.target, "initial_replicas": room.least,
            "upscale_delay_s": GROWS, "downscale_delay_s": SHRINKS, "metrics_interval_s": GROWS / 2, "look_back_period_s": 2 * GROWS,
        }}  # fmt: skip
        made: Any = serve.deployment(
            name=deployment.name, ray_actor_options={"num_cpus": room.cpus, "num_gpus": room.gpus}, max_ongoing_requests=room.ongoing,
            max_queued_requests=room.waiting, health_check_period_s=room.health_seconds, health_check_timeout_s=30,
            graceful_shutdown_timeout_s=10, **scaling,
        )(Replica)  # fmt: skip
        targets.append(serve.RunTarget(made.bind(deployment.model_dump_json()), name=deployment.name, route_prefix=f"/{deployment.name}"))
    serve.run_many(targets, wait_for_ingress_deployment_creation=False, wait_for_applications_running=False)


def _remove(plan: Plan) -> None:
    from ray import serve

    known = set(serve.status().applications)
    for deployment in plan.deployments:
        if deployment.name in known:
            serve.delete(deployment.name)


def _until_ready(plan: Plan, tell: Any, ended: threading.Event) -> None:
    """Until every deployment runs. Raises RuntimeError for one that cannot."""
    from retrieval.serving.replica import statuses

    wanted = {deployment.name for deployment in plan.deployments}
    while not ended.is_set():
        found = [one for one in statuses() if one["name"] in wanted]
        tell("deploying", found)
        broken = [one for one in found if one["state"] in ("DEPLOY_FAILED", "UNHEALTHY")]
        if broken:
            raise RuntimeError("; ".join(f"{one['name']}: {one['message'][:1500]}" for one in broken))
        if {one["name"] for one in found if one["state"] == "RUNNING"} == wanted:
            tell("ready", found)
            return
        time.sleep(SECONDS)


def _stay(plan: Plan, tell: Any, ended: threading.Event) -> None:
    """Until somebody ends it, or the process that it was started for is gone."""
    while not ended.wait(1.0):
        if plan.tied_to and not _alive(plan.tied_to):
            return


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(plan: Plan) -> None:
    import ray

    if not plan.joins and ray.is_initialized():
        from ray import serve

        with contextlib.suppress(Exception):
            serve.shutdown()
    ray.shutdown()
    if not plan.joins:
        plan.state.unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
