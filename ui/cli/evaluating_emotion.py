"""`assistant eval emotion`: the ways to fuse words, voice and face beside each modality alone, on the same pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from assistant.evaluation.emotion_fusion import Row
    from assistant.settings import Settings
    from tools.fusions.base import Fusion


def run(data: Path, limit: int, least: float, *, json: bool, data_dir: Path | None) -> None:
    """Measure and show; exits with 1 when the macro-F1 of the fusion in use is below `least`. Raises Fault."""
    from assistant.evaluation.emotion_fusion import CLEAN, evaluate, read
    from assistant.evaluation.emotion_pairs import counts
    from assistant.evaluation.emotion_pairs import read as read_pairs
    from assistant.settings import read as read_settings
    from ui.cli import output
    from ui.cli.examining import trial

    pairs, settings = read_pairs(data, limit), read_settings({"data_dir": data_dir})
    with trial(settings) as assistant:
        with output.progress(len(pairs), quiet=json) as step:
            step("reading")
            readings = read(pairs, assistant.kit.emotions, assistant.kit.decoder, lambda share: step("reading") if share < 1 else None)
        used, fusions = _fusions(settings, assistant.kit.fusion)
        rows = evaluate(pairs, readings, fusions)
    mine = next(row.macro_f1 for row in rows if row.reader == used and row.condition == CLEAN)
    if json:
        output.show_json({"passed": mine >= least, "in_use": used, "pairs": counts(pairs), "rows": [row.to_dict() for row in rows]})
    else:
        _show(rows, used, CLEAN)
    if mine < least:
        if not json:
            output.show_fault(f"Below the threshold: macro-F1 {mine:.3f} < {least}.")
        raise typer.Exit(1)


def _fusions(settings: Settings, in_use: Fusion) -> tuple[str, Mapping[str, Fusion]]:
    """Every way with the weights that ship, and the one in use; its name."""
    from retrieval.backends import load, names

    way, reference = settings.backend("fusion")
    shipped: dict[str, Fusion] = {name: load("tools.fusions", name)() for name in names("tools.fusions")}
    return (f"{way}, yours", {f"{way}, yours": in_use, **shipped}) if reference else (way, shipped)


def _show(rows: Sequence[Row], used: str, clean: str) -> None:
    """Two tables: all figures of the pairs as they are, then macro-F1 under each condition."""
    from ui.cli import output

    def name(row: Row) -> str:
        return f"{row.reader} (in use)" if row.reader == used else row.reader

    whole = [row for row in rows if row.condition == clean]
    output.table(
        ["read by", "accuracy", "recall", "macro-F1", "calibration error", "read", "pairs"],
        [[name(r), *(f"{v:.3f}" for v in (r.accuracy, r.recall, r.macro_f1, r.calibration_error)), str(r.answered), str(r.cases)]
         for r in whole],
    )  # fmt: skip
    readers = [row.reader for row in whole]
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.condition, {})[row.reader] = f"{row.macro_f1:.3f}"
    output.write("\nmacro-F1 when something is missing or damaged")
    output.table(["pairs", *readers], [[kind, *(cells.get(reader, "") for reader in readers)] for kind, cells in found.items()])
