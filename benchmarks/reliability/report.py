"""The report: `reliability.json` for programs, `reliability.html` to read. Draws what it is given; runs nothing."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from benchmarks.reliability.cases import BATTERY, STUDY_TEST, covered
from benchmarks.reliability.running import Ended, Ran

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--bad:#c62828;--good:#2e7d32}
body{font:15px/1.5 system-ui,sans-serif;max-width:1060px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}small,.dim{opacity:.7}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}
.passed{color:var(--good)}.failed{color:var(--bad);font-weight:600}.skipped{opacity:.6}
code{font-size:.85em;overflow-wrap:anywhere}td ul{margin:0;padding-left:1rem}
@media(prefers-color-scheme:dark){:root{--bad:#ef9a9a;--good:#a5d6a7}body{background:#14171a;color:#e6e6e6}}
"""


def write(out: Path, size: str, ran: Sequence[Ran], ended: Mapping[str, Ended]) -> Path:
    """Write both files into `out`, made when it is not there. Gives the page."""
    out.mkdir(parents=True, exist_ok=True)
    found = summary(size, ran, ended)
    (out / "reliability.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    page = out / "reliability.html"
    page.write_text(drawn(found), "utf-8")
    return page


def summary(size: str, ran: Sequence[Ran], ended: Mapping[str, Ended]) -> dict[str, Any]:
    """Everything the report says, as JSON."""
    tests = covered()
    passed = {f"{STUDY_TEST}[{item.study.name}]": item.passed for item in ran}

    def end(test: str) -> str:
        if test in passed:
            return "passed" if passed[test] else "failed"
        whole = [value for name, value in ended.items() if name == test or name.startswith(f"{test}::") or name.endswith(test)]
        return "failed" if "failed" in whole else "passed" if "passed" in whole else "skipped" if whole else "not run"

    return {
        "size": size,
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "machine": machine(),
        "studies": [
            {
                "name": item.study.name, "title": item.study.title, "goal": item.study.goal, "passed": item.passed,
                "done": item.outcome.done, "unit": item.study.unit, "seconds": round(item.seconds, 1), "seed": item.seed,
                "figures": item.outcome.figures,
                "failed": item.outcome.failed, "failures": item.outcome.failures, "notes": item.outcome.notes,
            }
            for item in ran
        ],
        "cases": [{"id": key, "what": what, "tests": {test: end(test) for test in tests[key]}} for key, what in BATTERY.items()],
    }  # fmt: skip


def drawn(found: Mapping[str, Any]) -> str:
    """The page: studies first, then each case with its tests. One file, no scripts."""
    studies = "".join(_study(study) for study in found["studies"])
    cases = "".join(_case(case) for case in found["cases"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Reliability</title><style>{_STYLE}</style><h1>Reliability</h1>"
        f"<p>{html.escape(found['size'])} run of {found['at']} UTC. <small>{html.escape(found['machine'])}</small></p>"
        f"<h2>Studies</h2><table><tr><th>What<th>Goal<th>Seen<th></tr>{studies}</table>"
        f"<h2>Cases</h2><table><tr><th>Id<th>What is tried<th>By</tr>{cases}</table></html>\n"
    )


def _study(study: Mapping[str, Any]) -> str:
    figures = "".join(f"<li>{html.escape(str(name))}: <b>{html.escape(str(value))}</b>" for name, value in study["figures"].items())
    words = "".join(f"<li class=failed>{html.escape(failure)}" for failure in study["failures"])
    notes = "".join(f"<li class=dim>{html.escape(note)}" for note in study["notes"])
    end = "passed" if study["passed"] else "failed"
    seen = f"{study['done']:,} {html.escape(study['unit'])} in {study['seconds']} s"
    return (
        f"<tr><td><b>{html.escape(study['title'])}</b><br><code>{study['name']}</code><td>{html.escape(study['goal'])}"
        f"<td>{seen}<ul>{figures}{words}{notes}</ul><td class={end}>{end}</tr>"
    )


def _case(case: Mapping[str, Any]) -> str:
    tests = "".join(f'<li><code>{html.escape(test)}</code> <span class="{end}">{end}</span>' for test, end in case["tests"].items())
    return f"<tr><td>{case['id']}<td>{html.escape(case['what'])}<td><ul>{tests}</ul></tr>"
