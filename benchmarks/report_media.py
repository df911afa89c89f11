"""What quality, pictures and speech found, as rows of the summary and tables. Measures nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.measure import median
from benchmarks.rows import Goal, Report, Row, over, spread, table

Found = Mapping[str, Any]
OURS, RERANKED, TXTAI = "ours", "ours, reranked", "txtai hybrid"


def quality(found: Found) -> Report:
    """Mean reciprocal rank of hybrid search, set by set."""
    rows: list[Row] = []
    lines = ["## Quality of hybrid search", "", str(found["note"])]
    for name, ways in found["sets"].items():
        ours, peer, reranked = ways[OURS], ways.get(TXTAI), ways.get(RERANKED)
        told = f"{peer['mrr']:.3f}" if peer else ""
        rows.append(Row(f"hybrid MRR@5 less txtai's, {name}", ours["mrr"] - peer["mrr"] if peer else math.nan, Goal(least=0.0),
                        f"{ours['mrr']:.3f}", peer=f"txtai {told}" if peer else "", why=found["missing"]))  # fmt: skip
        why = "no reranker was named" if reranked is None else ""
        rows += [
            Row(f"what a reranker adds to MRR@5, {name}", reranked["mrr"] - ours["mrr"] if reranked else math.nan, Goal(least=0.03),
                f"{reranked['mrr']:.3f}" if reranked else "", f"{ours['mrr']:.3f}", why=why),
            Row(f"p50 with a reranker over without, {name}", over(reranked["p50_ms"], ours["p50_ms"]) if reranked else math.nan,
                Goal(most=3.0), limit=f"{median(ours['p50_ms']):.1f} ms", why=why),
        ]  # fmt: skip
        lines += ["", f"{name}: {ways['questions']} questions, {ways['passages']} passages", "", *table(
            ("way", "MRR@5", "first right", "among five", "p50 ms"),
            [(way, f"{one['mrr']:.3f}", f"{one['first']:.3f}", f"{one['five']:.3f}", spread(one["p50_ms"], ".1f"))
             for way, one in ways.items() if isinstance(one, dict)],
        )]  # fmt: skip
    return Report(rows, lines)


def pictures(found: Found) -> Report:
    """Drawing beside the bare call, and several pictures of one request."""
    together = found["together"]
    rows = [
        Row(f"pictures, over the bare call, {row['what'].partition(':')[0]}", row["ratio"], Goal(most=1.03))
        for row in found["rows"] if row["what"].endswith("within it")
    ]  # fmt: skip
    rows.append(Row("eight pictures of one request, over eight requests", together["ratio"], Goal(least=2.0),
                    f"{together['together_ms'] / 8:.0f} ms each", f"{together['single_ms'] / 8:.0f} ms each"))  # fmt: skip
    lines = table(
        ("way", "ms", "ms of processor", "over bare", "quarter to three quarters"),
        [(row["what"], f"{row['wall_ms']:.1f}", f"{row['cpu_ms']:.1f}", f"{row['ratio']:.3f}", f"{row['lower']:.3f} to {row['upper']:.3f}")
         for row in found["rows"]],
    )  # fmt: skip
    return Report(rows, (
        "## Pictures", "", *lines, "",
        f"Bundled generator, processor time: eight requests of words that were not drawn before {together['single_ms']:.0f} ms, of the same"
        f" words {together['known_ms']:.0f} ms, one request for eight pictures {together['together_ms']:.0f} ms.",
    ))  # fmt: skip


def speaking(found: Found) -> Report:
    """Transcription and synthesis beside the bare engines, and captions while somebody speaks."""
    rows = [
        Row(f"{what}, over the bare engine", median(one["ratios"]), Goal(most=1.1), f"{median(one['ours_ms']):.0f} ms",
            f"{median(one['bare_ms']):.0f} ms")
        for what, one in found["ways"].items()
    ]  # fmt: skip
    delays = found["captions"]
    rows.append(Row("captions, after the word, nine of ten", delays["p90_s"] if delays["words"] else math.nan, Goal(most=0.5, unit=" s"),
                    f"{delays['p50_s']:.2f} s in the middle", why="no word was heard"))  # fmt: skip
    lines = table(
        ("way", "ours, ms of processor", "bare, ms of processor", "ratio"),
        [
            (what, spread(one["ours_ms"], ".0f"), spread(one["bare_ms"], ".0f"), spread(one["ratios"]))
            for what, one in found["ways"].items()
        ],
    )
    return Report(rows, ("## Speech", "", *lines, "", f"Captions of {delays['words']} words, played at their own pace: "
                         f"{delays['p50_s']:.2f} s after the word in the middle, {delays['p90_s']:.2f} s for nine of ten."))  # fmt: skip
