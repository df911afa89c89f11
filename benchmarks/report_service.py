"""What serving, turning and starting found, as rows of the summary and tables. Measures nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.rows import Goal, Report, Row, spread, table
from benchmarks.starting import OPEN_WEBUI_BYTES, OPEN_WEBUI_PAGE_S, PEER

Found = Mapping[str, Any]


def serving(found: Found) -> Report:
    """Search over HTTP under one, eight and 32 clients."""
    ratios, medians = found["ratios"], found["medians"]
    peer = next((name for name in ratios if name.startswith("p50 over HTTP over ")), "")
    named = peer.removeprefix("p50 over HTTP over ").removesuffix(" in its process")
    why = "; ".join(found.get("missing", ())) or "no peer is installed"

    def ms(name: str, field: str = "p50_ms") -> str:
        return f"{medians[name][field]:.1f} ms" if name in medians else ""

    def rate(name: str) -> str:
        return f"{medians[name]['per_s']:.0f}/s"

    rows = [
        Row("query over HTTP, p50 over the best peer in its process", ratios[peer][1] if peer else math.nan, Goal(most=0.5), ms("ours x1"),
            ms("bare"), f"{named} {ms(named)}" if peer else "", why),
        Row("query over HTTP, p50 less bare", ratios["p50 over HTTP less bare, ms"][1], Goal(most=2.0, unit=" ms"), ms("ours x1"),
            ms("bare")),
        Row("search, 32 clients, over a naive endpoint", ratios["per second over naive, 32 clients"][1], Goal(least=5.0), rate("ours x32"),
            peer=f"naive {rate('naive x32')}"),
        Row("search, 32 clients, p99 over naive", ratios["p99 over naive, 32 clients"][1], Goal(most=0.7), ms("ours x32", "p99_ms"),
            peer=f"naive {ms('naive x32', 'p99_ms')}"),
        Row("search, one client, over naive", ratios["per second over naive, 1 clients"][1], Goal(least=1.5), rate("ours x1"),
            peer=f"naive {rate('naive x1')}"),
    ]  # fmt: skip
    fields = ("per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_ms", "p50_cpu_ms")
    lines = table(
        ("contestant", "per second", "p50 ms", "p95 ms", "p99 ms", "ms of processor"),
        [
            (name, *(_cell(kept, field) for field in fields[:4]), _cell(kept, "cpu_ms") or _cell(kept, "p50_cpu_ms"))
            for name, kept in found["runs"].items()
        ],
    )
    shown = table(("ratio", "middle", "least", "most"), [(name, f"{m:.2f}", f"{a:.2f}", f"{z:.2f}") for name, (a, m, z) in ratios.items()])
    return Report(rows, (f"## Search over HTTP, {found['items']} passages, middle (least to most)", "", *lines, "", *shown))


def _cell(runs: Sequence[Found], field: str) -> str:
    return spread([run[field] for run in runs if field in run], ".1f")


def turning(tool: Found, bundled: Found, growth: Found) -> Report:
    """A turn with one tool, a bundled turn, and how both grow."""
    rows: list[Row] = []
    lines = ["## Turns"]
    if "error" in tool:
        rows.append(Row("a turn with one tool", math.nan, Goal(), why=tool["error"]))
    else:
        ways, added, ratios = tool["ways"], tool["added_ms"], tool["ratios"]["ours"]
        agent = f"create_agent +{added['create_agent']:.1f} ms"
        errors = sum(one["errors"] for one in ways.values())
        rows += [
            Row("a turn with one tool, time added, over create_agent", ratios["added"], Goal(most=1.5), f"+{added['ours']:.1f} ms",
                f"{ways['bare']['p50_ms']:.1f} ms", agent),
            Row("turns a second, 32 clients, over create_agent", ratios["turns_per_s_32"], Goal(least=0.6),
                f"{ways['ours']['turns_per_s_32']:.0f}/s", f"{ways['bare']['turns_per_s_32']:.0f}/s",
                f"create_agent {ways['create_agent']['turns_per_s_32']:.0f}/s"),
            Row("turns that failed", float(errors), Goal(most=0.0), str(errors)),
        ]  # fmt: skip
        lines += ["", "With one tool and a chat model server that takes no time:", "", *_ways(ways)]
    if "error" in bundled:
        rows.append(Row("a bundled turn over HTTP", math.nan, Goal(), why=bundled["error"]))
    else:
        ways = bundled["ways"]
        ours, bare = ways["ours, HTTP"], ways["bare"]
        rows += [
            Row("a bundled turn over HTTP, p50", ours["p50_ms"], Goal(most=40.0, unit=" ms"), f"{ours['p50_ms']:.1f} ms",
                f"{bare['p50_ms']:.1f} ms"),
            Row("a bundled turn over HTTP, over encoder, search and reader", bundled["ratios"]["ours, HTTP"], Goal(most=3.0),
                f"{ours['p50_ms']:.1f} ms", f"{bare['p50_ms']:.1f} ms"),
            Row("bundled turns a second, 32 clients", ours["turns_per_s_32"], Goal(least=100.0, unit="/s"),
                f"{ours['turns_per_s_32']:.0f}/s"),
        ]  # fmt: skip
        lines += ["", "With the bundled models:", "", *_ways(ways)]
    if "error" in growth:
        rows.append(Row("growth of a turn", math.nan, Goal(), why=growth["error"]))
    else:
        worst = max([*growth["ratios_by_length"].values(), *growth["ratios_by_collections"].values()])
        rows.append(Row("a turn late in a conversation or among many collections, over the first", worst, Goal(most=1.15)))
        lines += ["", *table(("growth", "p50 ms"), [(name, values) for name, values in growth.items() if name.startswith("p50")])]
    return Report(rows, lines)


def _ways(ways: Mapping[str, Found]) -> list[str]:
    columns = ("p50_ms", "spread", "p95_ms", "cpu_ms", "turns_per_s_32", "p95_ms_32", "errors")
    return table(
        ("way", "p50 ms", "spread of p50", "p95 ms", "ms of processor", "turns/s, 32 clients", "p95 ms, 32 clients", "errors"),
        [(name, *(f"{one[column]:.3g}" for column in columns)) for name, one in ways.items()],
    )


def starting(found: Found) -> Report:
    """From the start of the process to an answer, a page; memory and size."""
    medians = found["medians"]
    serve, txtai = medians["serve"], medians.get(PEER, {}).get("answer_s", math.nan)
    page = medians["up"]["page_s"]
    rows = [
        Row("start of serve to a cited answer, over txtai's API", serve["cited_s"] / txtai, Goal(most=0.35), f"{serve['cited_s']:.1f} s",
            peer="" if math.isnan(txtai) else f"txtai {txtai:.1f} s", why=found.get("missing") or "txtai is not installed"),
        Row("start to the chat page, over Open WebUI's as measured earlier", page / OPEN_WEBUI_PAGE_S, Goal(most=0.3), f"{page:.1f} s",
            peer=f"Open WebUI {OPEN_WEBUI_PAGE_S:g} s"),
        Row("installed, without torch and other libraries of models, over Open WebUI as measured earlier", found["bundled_over_open_webui"],
            Goal(most=0.5), f"{found['bundled_mb']:.0f} MB of {found['installed_mb']:.0f} MB",
            peer=f"Open WebUI {OPEN_WEBUI_BYTES / 1e6:.0f} MB"),
        Row("idle memory of serve", serve["idle_rss_mb"], Goal(most=900.0, unit=" MB"), f"{serve['idle_rss_mb']:.0f} MB"),
        Row("memory before the first model", serve["before_models_mb"], Goal(most=250.0, unit=" MB"),
            f"{serve['before_models_mb']:.0f} MB"),
    ]  # fmt: skip
    if "serve, grown" in medians:
        grown = medians["serve, grown"]["cited_s"]
        rows.append(Row("start with many items and conversations, over few", grown / serve["cited_s"], Goal(most=1.15), f"{grown:.1f} s",
                        f"{serve['cited_s']:.1f} s"))  # fmt: skip
    columns = list(dict.fromkeys(name for kept in found["runs"].values() for run in kept for name in run))
    lines = table(
        ("process", *(column.replace("_", " ") for column in columns)),
        [(name, *(_cell(kept, column) for column in columns)) for name, kept in found["runs"].items()],
    )
    return Report(rows, ("## From the start, middle (least to most)", "", *lines))
