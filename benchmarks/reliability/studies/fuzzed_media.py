"""Damaged pictures, sounds, videos, documents and models through the real decoding worker: only Faults come out, and it stays small."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks.reliability._kinds import WEIGHTS, good, trial
from benchmarks.reliability.study import Outcome, Study, Tick
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Fault, InvalidInput, TooLarge, Unreadable, UnsupportedType

LIMITS = DecodingLimits(decode_seconds=30, decode_bytes=768 * 2**20, audio_seconds=600)
"""The seconds by the clock are generous because the machine may be busy; those of the processor are held to `CPU_SECONDS`."""
CPU_SECONDS = 5.0
ALLOWED = (TooLarge, UnsupportedType, Unreadable, InvalidInput)
_LEAK = re.compile(r"0x[0-9a-f]{4}|Traceback|/site-packages/|/usr/|/tmp/|/proc/|\.py\b|<_io\.|object at")
TOGETHER = 50
"""Trials between two good files that must still be read."""


def _through(decoder: Decoder, content: Content) -> None:
    """All that is ever done with a file that was let in."""
    decoder.read(content)
    if content.modality in ("audio", "video"):
        decoder.pcm(content)
    if content.modality == "video":
        decoder.frames(content, (0.0, 0.4, 99.0))
    if content.media_type == "application/pdf":
        decoder.page(content, 1, 0.5)
    if content.media_type.startswith("model/"):
        decoder.view(content)


def _used(decoder: Decoder) -> tuple[int, float, float]:
    """(process, seconds of processor so far, MB of address space at its highest) of the one worker."""
    (worker,) = decoder._all
    try:
        fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
        peak = re.search(r"VmPeak:\s+(\d+)", Path(f"/proc/{worker.process.pid}/status").read_text())
    except OSError:
        return worker.process.pid, 0.0, 0.0
    return worker.process.pid, (int(fields[11]) + int(fields[12])) / 100, int(peak[1]) / 1e3 if peak else 0.0


def _tried(decoder: Decoder, kind: str, data: bytes) -> tuple[str, str]:
    """(what came out, what is wrong with it)."""
    try:
        content = decoder.admit(data, f"x.{kind}")
        if content.modality == "image" and not (content.width and content.height):
            return "read", "a picture without a size"
        _through(decoder, content)
    except ALLOWED as fault:
        said = f"{fault.message} {fault.hint}"
        wrong = "no hint" if not fault.hint else f"says {said!r}" if _LEAK.search(said) else ""
        return fault.code, wrong
    except Fault as fault:
        return fault.code, f"{type(fault).__name__}: {fault.message}"
    return "read", ""


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one file, all that is done with it, and a look at the worker; then and now a good file."""
    outcome, came, most_cpu, most_space = Outcome(), Counter[str](), 0.0, 0.0
    with closing(Decoder(LIMITS, workers=1)) as decoder:
        for n in range(trials):
            kind, data = trial(seed, n)
            pid, before, _ = _used(decoder)
            code, wrong = _tried(decoder, kind, data)
            came[code] += 1
            now, after, space = _used(decoder)
            spent = after - before if now == pid else 0.0
            most_cpu, most_space = max(most_cpu, spent), max(most_space, space)
            if spent > CPU_SECONDS:
                wrong = wrong or f"took {spent:.1f} s of processor time"
            if wrong:
                outcome.fail(
                    f"trial {n} of seed {seed} ({kind}): {wrong}; trial({seed}, {n}) of benchmarks.reliability._kinds makes the file"
                )
            if n % TOGETHER == TOGETHER - 1 or n == trials - 1:
                kinds = tuple(WEIGHTS) if n == trials - 1 else (kind,)
                for good_kind in kinds:
                    left = _tried(decoder, good_kind, good(good_kind))
                    if left != ("read", ""):
                        outcome.fail(f"after trial {n} of seed {seed} a good {good_kind} was answered {left}")
            outcome.done += 1
            tick(1)
    outcome.figures = {
        "files": outcome.done, "read": came["read"], "refused": outcome.done - came["read"],
        "worker replaced after a crash": came["decoder_stopped"], "most processor seconds of a file": round(most_cpu, 2),
        "most address space MB": round(most_space),
    }  # fmt: skip
    outcome.notes = ["codes: " + ", ".join(f"{code} {count}" for code, count in came.most_common())]
    return outcome


STUDY = Study(
    name="fuzzed_media",
    title="Damaged files through the decoding worker",
    goal="1,700,000 damaged files: only named Faults, worker within 768 MB and 5 s, the next good file is read",
    unit="files",
    trials={"fast": 400, "full": 6_000, "nightly": 1_700_000},
    run=run,
    covers=("U01", "A04", "P04", "P05", "ASVS 5.2.1"),
)
