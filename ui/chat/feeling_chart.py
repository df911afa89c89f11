"""What was read of a turn as HTML: the strip, bars with their range, faces, and a timeline in seconds. Pure; every word is escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

Json = dict[str, Any]
Say = Callable[..., str]
ORDER = ("text", "audio", "image")
LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
COLOURS = {
    "anger": "#c7604a", "disgust": "#7d8f3c", "fear": "#8a6fb0", "joy": "#d09a2c", "sadness": "#5a7fb8", "surprise": "#2f9a94",
    "neutral": "#8a8f94",
}  # fmt: skip
CSS = """<style>
.feel { font-size: .8rem; line-height: 1.5; }
.feel .line { display: flex; flex-wrap: wrap; gap: .3rem .4rem; align-items: center; }
.feel .part { border-radius: 1rem; padding: .05rem .6rem; 
  background: color-mix(in srgb, currentColor 7%, transparent); white-space: nowrap; }
.feel .part b { font-weight: 600; } .feel .part i { font-style: normal; opacity: .72; }
.feel .all { border: 1.5px solid currentColor; background: transparent; }
.feel .dot { display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; margin-right: .35rem; }
.feel p { margin: .25rem 0 0; opacity: .85; font-size: .82rem; line-height: 1.45; }
.feel .parted p::before { content: "≠ "; font-weight: 700; }
.feel .bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .3rem .6rem; align-items: center; max-width: 34rem; }
.feel .track { position: relative; height: .85rem; border-radius: .3rem; background: color-mix(in srgb, currentColor 6%, transparent); }
.feel .track span { position: absolute; top: 0; bottom: 0; border-radius: .3rem; }
.feel .range { opacity: .28; top: .28rem !important; bottom: .28rem !important; }
.feel .mark { width: 2px; border-radius: 0 !important; background: currentColor; top: -.12rem !important; bottom: -.12rem !important; }
.feel .mark.audio { background: repeating-linear-gradient(currentColor 0 3px, transparent 3px 5px); }
.feel .mark.image { background: repeating-linear-gradient(currentColor 0 1px, transparent 1px 3px); }
.feel .num { text-align: right; font-variant-numeric: tabular-nums; }
.feel h5 { margin: .9rem 0 .3rem; font-size: .8rem; font-weight: 600; padding: 0; }
.feel .time { display: grid; grid-template-columns: max-content 1fr; gap: .3rem .6rem; align-items: center; max-width: 34rem; }
.feel .lane { position: relative; height: 1.25rem; border-radius: .3rem; background: color-mix(in srgb, currentColor 6%, transparent); }
.feel .lane span { position: absolute; top: 0; bottom: 0; border-radius: .2rem; overflow: hidden; font-size: .7rem; line-height: 1.25rem;
  padding: 0 .25rem; color: #fff; white-space: nowrap; box-sizing: border-box; border-right: 1px solid rgba(255, 255, 255, .6); }
.feel .axis { display: flex; justify-content: space-between; opacity: .7; font-variant-numeric: tabular-nums; }
</style>"""


def strip_line(say: Say, read: Json) -> str:
    """Each modality with what it is like and its share, all together, and the sentence on their disagreement."""
    parts = read.get("modalities") or {}
    pieces = [
        f"<span class='part'><b>{escape(say(f'feeling.{name}'))}</b> {escape(str(parts[name].get('state') or ''))} "
        f"<i>{escape(say('feeling.share', share=_percent(parts[name].get('weight'))))}</i></span>"
        for name in ORDER if name in parts
    ]  # fmt: skip
    fused = read.get("fused") or {}
    label = str(fused.get("label", "neutral"))
    share = _percent((fused.get("distribution") or {}).get(label))
    told = say(f"feeling.{fused.get('sureness') or 'likely'}", label=say(f"feeling.label_{label}"), share=share)
    pieces.append(f"<span class='part all'><span class='dot' style='background:{COLOURS.get(label, '#888')}'></span>{escape(told)}</span>")
    said = read.get("disagreement") or {}
    kind = "parted" if said.get("parted") else "united"
    missing = " ".join(str(s.get("reason")) for s in read.get("skipped") or ())
    sentence = " ".join(part for part in (str(said.get("text") or ""), missing) if part)
    return (
        f"<div class='feel' role='note' aria-label='{escape(say('feeling.title'), quote=True)}'><div class='line'>{''.join(pieces)}</div>"
        f"<div class='{kind}'><p>{escape(sentence)}</p></div></div>"
    )


def chart(say: Say, read: Json) -> str:
    """The distribution with its range and the mark of each modality, the faces, and the timeline."""
    fused, parts = read.get("fused") or {}, read.get("modalities") or {}
    shares, ranges = fused.get("distribution") or {}, fused.get("interval") or {}
    rows = [
        _bar(say, label, shares[label], ranges.get(label) or (shares[label],) * 2, parts)
        for label in sorted(shares, key=lambda name: -shares[name]) if label in LABELS
    ]  # fmt: skip
    legend = ", ".join(say(f"feeling.mark_{name}", name=say(f"feeling.{name}")) for name in ORDER if name in parts and len(parts) > 1)
    explained = say("feeling.range") + (f" {say('feeling.marks', marks=legend)}" if legend else "")
    return (
        f"<div class='feel'><div class='bars' role='list'>{''.join(rows)}</div><p>{escape(explained)}</p>"
        f"{_faces(say, parts)}{_timeline(say, read.get('timeline') or ())}{_notes(say, parts)}</div>"
    )


def _bar(say: Say, label: str, share: float, span: Sequence[float], parts: Json) -> str:
    low, high = (max(0.0, min(1.0, float(v))) for v in span)
    colour, name = COLOURS[label], say(f"feeling.label_{label}")
    marks = "".join(
        f"<span class='mark {part}' style='left:calc({float((parts[part].get('distribution') or {}).get(label, 0)):.2%} - 1px)'></span>"
        for part in ORDER if part in parts and len(parts) > 1
    )  # fmt: skip
    told = escape(say("feeling.bar", label=name, share=_percent(share), low=_percent(low), high=_percent(high)), quote=True)
    return (
        f"<div>{escape(name)}</div><div class='track' role='listitem' aria-label='{told}' title='{told}'>"
        f"<span class='range' style='left:{low:.2%};width:{high - low:.2%};background:{colour}'></span>"
        f"<span style='left:0;width:{float(share):.2%};background:{colour}'></span>{marks}</div><div class='num'>{_percent(share)} %</div>"
    )


def _faces(say: Say, parts: Json) -> str:
    faces = (parts.get("image") or {}).get("faces") or ()
    if len(faces) < 2:
        return ""
    known = [(str(face.get("place")), str(face["label"])) for face in faces if face.get("label") in LABELS]
    told = "".join(
        f"<span class='part'><span class='dot' style='background:{COLOURS[label]}'></span>"
        f"{escape(place)}: {escape(say(f'feeling.label_{label}'))}</span>"
        for place, label in known
    )
    return f"<h5>{escape(say('feeling.faces', count=len(faces)))}</h5><div class='line'>{told}</div>"


def _notes(say: Say, parts: Json) -> str:
    """What each reading rests on."""
    rows = [
        f"<p><b>{escape(say(f'feeling.{name}'))}</b> {escape(str(part['note']))}</p>" for name, part in parts.items() if part.get("note")
    ]
    return f"<h5>{escape(say('feeling.notes'))}</h5>{''.join(rows)}" if rows else ""


def _timeline(say: Say, moments: Sequence[Json]) -> str:
    """One lane a modality; a moment is as strong in colour as its label is sure."""
    known = [m for m in moments if m.get("label") in LABELS and float(m.get("end") or 0) > float(m.get("start") or 0)]
    if len(known) < 2:
        return ""
    end = max(float(m["end"]) for m in known)
    lanes = []
    for name in ORDER:
        own = [m for m in known if m.get("modality") == name]
        if own:
            until = [*(float(m["start"]) for m in own[1:]), end]  # moments may overlap; each is drawn up to the next
            shown = "".join(_moment(say, m, min(float(m["end"]), stop), end) for m, stop in zip(own, until, strict=True))
            lanes.append(f"<div>{escape(say(f'feeling.{name}'))}</div><div class='lane' role='list'>{shown}</div>")
    ticks = "".join(f"<span>{end * n / 4:.0f} s</span>" if end >= 4 else f"<span>{end * n / 4:.1f} s</span>" for n in range(5))
    return f"<h5>{escape(say('feeling.timeline'))}</h5><div class='time'>{''.join(lanes)}<div></div><div class='axis'>{ticks}</div></div>"


def _colour(moment: Json, label: str, strength: int) -> str:
    """Of a voice how aroused it is, from blue to red; of anything else its label."""
    if moment.get("modality") == "audio" and (arousal := (moment.get("dimensions") or {}).get("arousal")) is not None:
        return f"color-mix(in srgb, #b4503c {round(100 * float(arousal))}%, #47689c)"
    return f"color-mix(in srgb, {COLOURS[label]} {strength}%, #555)"


def _moment(say: Say, moment: Json, stop: float, whole: float) -> str:
    start, end, label = float(moment["start"]), float(moment["end"]), str(moment["label"])
    share = float((moment.get("scores") or {}).get(label, 0.5))
    name = str(moment.get("state") or say(f"feeling.label_{label}"))
    told = escape(say("feeling.moment", start=f"{start:.1f}", end=f"{end:.1f}", label=name, share=_percent(share)), quote=True)
    words = escape(name) if (stop - start) / whole > 0.1 else ""
    strength, width = round(60 + 40 * min(1.0, share)), max(0.0, stop - start) / whole
    return (
        f"<span role='listitem' aria-label='{told}' title='{told}' style='left:{start / whole:.2%};width:{width:.2%};"
        f"background:{_colour(moment, label, strength)}'>{words}</span>"
    )


def _percent(share: Any) -> int:
    return round(100 * float(share or 0))
