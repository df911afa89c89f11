"""Device matching: which devices of a home the words mean, in English and Chinese. Pure; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.courtesies import without_courtesies
from tools.devices.base import Action, Device

_ALL = re.compile(r"\b(all|every|everything|each|both|whole house)\b|所有|全部|全屋|每[个盏]|都", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except|but not|apart from|aside from|other than|excluding|save for|but(?= (?:the|my|our)\b))\b(?: for)?|除了|除", re.IGNORECASE
)
_ONE = re.compile(r"\b(?:ones?|in the)\b", re.IGNORECASE)
"""What stands for a device that was named before: "the bedroom one"."""
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+(?:also\s+)?|\s*(?:和|跟|与|、|，|以及|还有)\s*", re.IGNORECASE)
KINDS: dict[str, tuple[str, ...]] = {
    "light": ("light", "lights", "lighting", "lamp", "lamps", "bulb", "bulbs", "灯", "电灯", "灯光", "亮度"),
    "cover": ("blind", "blinds", "curtain", "curtains", "shutter", "shutters", "shade", "shades", "窗帘", "百叶窗", "卷帘"),
    "speaker": ("speaker", "speakers", "music", "音箱", "音响", "音乐"),
    "fan": ("fan", "fans", "风扇", "电风扇"),
    "thermostat": ("thermostat", "heating", "heater", "temperature", "ac", "air conditioner", "空调", "暖气", "温度"),
    "garage": ("garage door", "garage doors", "gate", "车库门"),
    "oven": ("oven", "ovens", "stove", "cooker", "烤箱", "炉子"),
    "lock": ("lock", "locks", "door", "doors", "锁", "门锁", "门"),
    "switch": ("switch", "switches", "socket", "plug", "开关", "插座"),
}

ALSO: dict[Action, tuple[Action, ...]] = {"on": ("open", "unlock"), "off": ("close",), "open": ("unlock",), "close": ("lock",)}
"""What an action may mean for devices that cannot do it as it is named: what "打开" switches on, a blind opens and a lock unlocks."""


def match(devices: Sequence[Device], device: str, area: str, command: str = "") -> list[Device]:
    """The devices meant by `device` and `area`, narrowed by what the whole `command` excepts. Empty when nothing fits."""
    wanted, excluded = _split(f"{device} {area}".strip() if _EXCEPT.search(device) else device)
    if not excluded:
        rest, excluded = _split(command)
        if excluded and _areas(devices, area) <= _areas(devices, excluded) - _areas(devices, rest):
            area = ""  # "everything except the hall": the hall is where nothing shall happen
    found = _listed(devices, wanted, area, command)
    spared = [_one(devices, _ONE.sub(" ", part), "", several=True) for part in _AND.split(without_courtesies(excluded)) if part.strip()]
    if not all(spared):
        return []  # what shall be spared is not known, so nothing may be touched
    out = {d.id for one in spared for d in one}
    return [d for d in found if d.id not in out]


def _listed(devices: Sequence[Device], wanted: str, area: str, command: str) -> list[Device]:
    """The devices of a list ("the lamp, the fan and the tv"), or of what is no list."""
    several = _several(wanted, command)
    parts = [part for part in _AND.split(wanted) if part.strip()]
    if len(parts) > 1:
        each = [_one(devices, part, area, several=bool(_ALL.search(part)) or _plural(_plain(part))) for part in parts]
        if all(each):
            ids = {d.id for found in each for d in found}
            return [d for d in devices if d.id in ids]
    return _one(devices, wanted, area, several=several)


def unclear(devices: Sequence[Device], device: str, area: str, command: str = "") -> list[Device]:
    """Devices of several rooms that one name without a room may mean: the first of a list that needs a question back. Often empty."""
    wanted = _split(device)[0]
    for part in [part for part in _AND.split(wanted) if part.strip()]:
        if area or _several(part, command):
            continue
        found = _one(devices, part, area, several=False)
        if len({d.area for d in found}) > 1 and not _areas(devices, part):
            return found
    return []


def _one(devices: Sequence[Device], wanted: str, area: str, *, several: bool) -> list[Device]:
    words = _plain(wanted)
    areas = _areas(devices, area) or _areas(devices, wanted)
    pool = [d for d in devices if not areas or d.area in areas]
    return _chosen(pool, words, _kind(words), several) or _beyond(devices, words, area)


def _beyond(devices: Sequence[Device], words: str, area: str) -> list[Device]:
    """A device whose own name holds the name of a room it does not stand in ("garage door" in the hall), when no room is given."""
    return [] if area else [d for d in _named(devices, words) if any(words in names for names in d.names.values())]


def _several(wanted: str, command: str) -> bool:
    """True when more than one device is meant: "all", "everything", or a plural."""
    said_all = _ALL.search(wanted) or (_ALL.search(command) and not re.search(r"\ball right\b", command, re.I))
    return bool(said_all) or _plural(_plain(wanted))


def _chosen(pool: Sequence[Device], words: str, kind: str, several: bool) -> list[Device]:
    """The devices of `pool` that `words` mean."""
    named = _named(pool, words)
    if several and kind and _generic(pool, words, kind):
        return [d for d in pool if d.kind == kind]
    if named:
        return named if several or len(named) == 1 else _best(named, words)
    if kind:
        return [d for d in pool if d.kind == kind]
    # "everything in the living room": the room is all that is said
    return list(pool) if several and not _without_areas(pool, words) else []


def _without_areas(devices: Sequence[Device], words: str) -> str:
    """`words` without the names of rooms."""
    for device in devices:
        for names in device.area_names.values():
            for name in sorted(names, key=len, reverse=True):
                words = re.sub(rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name), " ", words)
    return " ".join(words.split())


def _generic(devices: Sequence[Device], words: str, kind: str) -> bool:
    """True when only the kind is named ("lights"), not one device ("floor lamps" is one name in the plural)."""
    return _without_areas(devices, words) in KINDS[kind]


def _split(text: str) -> tuple[str, str]:
    """What is meant and what is excepted."""
    found = _EXCEPT.search(text)
    if not found:
        return text, ""
    if re.match(r"除", found[0]):
        # 除了玄关都关掉: the exception comes first, up to 以外/之外/都/comma
        rest = text[found.end() :]
        stop = re.search(r"以外|之外|外|[,，]|都|其他|所有|全部", rest)
        cut = stop.start() if stop else len(rest)
        return text[: found.start()] + re.sub(r"^(?:以外|之外|外)", "", rest[cut:]), rest[:cut]
    return text[: found.start()], text[found.end() :]


def _plain(text: str) -> str:
    """Lower case, without articles and the words for all."""
    text = _ALL.sub(" ", text.lower())
    return " ".join(re.sub(r"\b(the|my|a|an|of|in|please|device|devices|on|off|to|at)\b|设备|的|把|请|一下|[，,。]", " ", text).split())


def _areas(devices: Sequence[Device], text: str) -> set[str]:
    """Areas named in `text`; the longest name wins where one holds another."""
    low = text.lower()
    found: set[str] = set()
    for device in devices:
        for names in device.area_names.values():
            for name in names:
                if re.search(rf"\b{re.escape(name)}\b", low) if name.isascii() else name in low:
                    found.add(device.area)
    return found


def _named(devices: Sequence[Device], words: str) -> list[Device]:
    """Devices one of whose names is what is said, or is contained in it; longer names win over shorter ones."""
    if not words:
        return []
    hits: list[tuple[int, Device]] = []
    for device in devices:
        best = 0
        for names in device.names.values():
            for name in names:
                for form in (name, name + "s") if name.isascii() else (name,):
                    said = re.search(rf"\b{re.escape(form)}\b", words) if form.isascii() else form in words
                    if said:
                        best = max(best, len(form) * (1 if form.isascii() else 3))
        if best:
            hits.append((best, device))
    longest = max((n for n, _ in hits), default=0)
    # "bedroom light" names one device; "light" names every device that may be called so.
    return [d for n, d in hits if n >= longest - 1] if longest else []


def _best(found: Sequence[Device], words: str) -> list[Device]:
    """One device where its first name is exactly what was said."""
    exact = [d for d in found if any(words in (n[0],) for n in d.names.values())]
    return exact or list(found)


def _kind(words: str) -> str:
    for kind, names in KINDS.items():
        if any((re.search(rf"\b{re.escape(n)}\b", words) if n.isascii() else n in words) for n in names):
            return kind
    return ""


def _plural(words: str) -> bool:
    return bool(re.search(r"\b\w+s\b", words)) and not re.search(r"\b(blinds|curtains|shutters|ac's)\b", words)
