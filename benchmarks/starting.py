"""From the start of the process to what a person waits for: a first cited answer, the chat page; what it weighs, idle and installed.

`python -m benchmarks.starting [--rounds N] [--items N] [--conversations N] [--peers PYTHON] [--quick]`. The collection is there already and
so is the export of the encoder. With `--items` and `--conversations` a second data directory holds so many more of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import median
from benchmarks.passages import passages
from benchmarks.processes import ASSISTANT, Running, free_port, request
from benchmarks.weighing import MODEL_LIBRARIES, install_bytes

QUESTION = "How long is the warranty of the Gale 2 heat pump?"
ANSWER = "The warranty of the Gale 2 heat pump is seven years from the day of delivery. It covers the compressor and all electronics."
OWNER, COLLECTION = "local", "default"
PEER = "txtai API"
OPEN_WEBUI_PAGE_S, OPEN_WEBUI_BYTES = 10.0, 2_917_000_000
"""The quickest of three starts to its page, and its installation: measured once on a machine of the same kind, because it is not installed
here."""
QUIET = {"ASSISTANT_SAMPLE": "false", "OFFLINE": "1"}
EVERY = 0.01
"""Seconds between two questions, while there is no answer."""
IDLE_SECONDS = 3.0


def fill(data_dir: Path, count: int) -> None:
    """A data directory that can answer `QUESTION`, with `count` passages more."""
    from benchmarks.million import CACHE
    from benchmarks.searching import open_library
    from retrieval.embedders.minilm import create
    from retrieval.exchange import Record

    library = open_library(data_dir, create(CACHE))
    library.ensure_collection(COLLECTION, OWNER)
    library.exchange.add([Record(text=text) for text in [ANSWER, *passages(count)]], COLLECTION, OWNER)
    library.close()


def cited(address: str) -> bool:
    """Whether the question is answered with a citation."""
    body = {"model": "assistant", "messages": [{"role": "user", "content": QUESTION}]}
    status, answer = request(address, "/v1/chat/completions", body)
    return status == 200 and bool(json.loads(answer)["choices"][0]["message"].get("annotations"))


def since(running: Running, done: Callable[[], bool], most: float = 120) -> float:
    """Seconds from the start of a process until something is so. Raises TimeoutError."""
    while not done():
        if time.perf_counter() - running.began > most or running.process.poll() is not None:
            raise TimeoutError(f"not after {time.perf_counter() - running.began:.0f} s")
        time.sleep(EVERY)
    return time.perf_counter() - running.began


def serve(data_dir: Path, log: Path) -> dict[str, float]:
    """`assistant serve`: seconds to its first sign of life, to its store and to a cited answer; MB before any model, then idle."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    running = Running([*ASSISTANT, "serve", "--port", str(port), "--data-dir", data_dir], log, QUIET)
    try:
        found = {"alive_s": since(running, lambda: request(address, "/healthz")[0] == 200)}
        found["before_models_mb"] = running.weight()["rss_mb"]
        found["standing_s"] = since(running, lambda: b'"store"' in request(address, "/readyz")[1])
        found["standing_mb"] = running.weight()["rss_mb"]
        found["cited_s"] = since(running, lambda: cited(address))
        running.settled(address)
        found["settled_s"] = time.perf_counter() - running.began
        time.sleep(IDLE_SECONDS)
        weight = running.weight()
        return found | {"idle_rss_mb": weight["rss_mb"], "idle_pss_mb": weight["pss_mb"], "cpu_s": weight["cpu_s"]}
    finally:
        running.close()


def page(data_dir: Path, log: Path) -> dict[str, float]:
    """`assistant up`: seconds until the chat page comes, and until the service behind it has a cited answer."""
    port, page_port = free_port(), free_port()
    command = [*ASSISTANT, "up", "--port", str(port), "--ui-port", str(page_port), "--data-dir", data_dir]
    running = Running(command, log, QUIET)
    try:
        found = {"page_s": since(running, lambda: request(f"http://127.0.0.1:{page_port}", "/")[0] == 200)}
        found["cited_s"] = since(running, lambda: cited(f"http://127.0.0.1:{port}"))
        return found
    finally:
        running.close()


def txtai(folder: Path, python: Path, log: Path) -> dict[str, float]:
    """The API of txtai over a saved index of the same passages: seconds to its first answer to a search."""
    port = free_port()
    command = [python, "-W", "ignore", "-m", "uvicorn", "txtai.api:app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    running = Running(command, log, {"CONFIG": str(folder / "txtai.yml"), "HF_HUB_OFFLINE": "1"})
    try:
        found = {"answer_s": since(running, lambda: _found(f"http://127.0.0.1:{port}"))}
        return found | {"rss_mb": running.weight()["rss_mb"]}
    finally:
        running.close()


def _found(address: str) -> bool:
    status, answer = request(address, "/search?query=warranty+of+the+heat+pump&limit=5")
    return status == 200 and bool(json.loads(answer))


def save_txtai(folder: Path, python: Path, count: int) -> str:
    """Make the index that its API serves; why not, when that fails."""
    making = Running([python, "-W", "ignore", "-m", "benchmarks.txtai_index", folder, str(count)], folder / "txtai_index.log")
    try:
        making.line()
    except RuntimeError as error:
        return str(error)
    finally:
        making.close()
    return ""


def measured(folder: Path, rounds: int, count: int, grown: Path | None, peers: Path | None) -> dict[str, Any]:
    """Every contestant once a round, in turn; a first round that is not counted fills the caches of the disk."""
    ways: dict[str, Callable[[], dict[str, float]]] = {
        "serve": lambda: serve(folder / "data", folder / "serve.log"),
        "up": lambda: page(folder / "data", folder / "up.log"),
    }
    if grown is not None:
        ways["serve, grown"] = lambda: serve(grown, folder / "grown.log")
    missing = "" if peers is None else save_txtai(folder, peers, count)
    if peers is not None and not missing:
        ways[PEER] = lambda: txtai(folder, peers, folder / "txtai.log")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in list(ways.items()):
            try:
                found = way()
            except TimeoutError as error:
                if name != PEER:
                    raise
                missing = f"{PEER} did not answer: {error}"  # its extra may be missing; ours are measured all the same
                del ways[name], runs[name]
                continue
            if turn:
                runs[name].append(found)
            print(f"starting, {turn} of {rounds}: {name} {found}", file=sys.stderr)
    return {"runs": runs, "missing": missing}


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passages", type=int, default=300, help="that are stored already")
    parser.add_argument("--items", type=int, default=0, help="of a grown data directory, e.g. 1000000")
    parser.add_argument("--conversations", type=int, default=10_000, help="of it")
    parser.add_argument("--peers", type=Path, default=None, help="the Python that has them")
    parser.add_argument("--data", type=Path, default=None, help="a folder that an earlier run has filled, or that is filled for later ones")
    parser.add_argument("--quick", action="store_true", help="one round: shows that it runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = options.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "data").exists():
            fill(folder / "data", options.passages)
        grown = folder / "grown" if options.items else None
        if grown is not None and not grown.exists():
            from benchmarks.growing import grow

            fill(grown, options.passages)
            grow(grown, options.items, options.conversations)
        found = measured(folder, 1 if options.quick else options.rounds, options.passages, grown, options.peers)
    medians = {name: {field: median([run[field] for run in kept]) for field in kept[0]} for name, kept in found["runs"].items() if kept}
    whole, bundled = install_bytes(), install_bytes(without=MODEL_LIBRARIES)
    sizes = {"installed_mb": whole / 1e6, "bundled_mb": bundled / 1e6, "bundled_over_open_webui": bundled / OPEN_WEBUI_BYTES}
    print(json.dumps({"medians": medians, **sizes, **found}))


if __name__ == "__main__":
    main()
