"""Device matching: which devices of a home the words mean, in English and Chinese. Pure; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.devices.base import Device

_ALL = re.compile(r"\b(all|every|everything|each|both|whole house)\b|所有|全部|全屋|每[个盏]|都", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except|but not|apart from|other than|excluding)\b(?: for)?|除了|除", re.IGNORECASE)
_KINDS: dict[str, tuple[str, ...]] = {
    "light": ("light", "lights", "lighting", "lamp", "lamps", "bulb", "bulbs", "灯", "电灯", "灯光", "亮度"),
    "cover": ("blind", "blinds", "curtain", "curtains", "shutter", "shutters", "shade", "shades", "窗帘", "百叶窗", "卷帘"),
    "speaker": ("speaker", "speakers", "music", "音箱", "音响", "音乐"),
    "fan": ("fan", "fans", "风扇", "电风扇"),
    "thermostat": ("thermostat", "heating", "heater", "temperature", "ac", "air conditioner", "空调", "暖气", "温度"),
    "lock": ("lock", "locks", "door", "doors", "锁", "门锁", "门"),
    "switch": ("switch", "switches", "socket", "plug", "开关", "插座"),
}


def match(devices: Sequence[Device], device: str, area: str, command: str = "") -> list[Device]:
    """The devices meant by `device` and `area`, narrowed by what the whole `command` excepts. Empty when nothing fits."""
    wanted, excluded = _split(f"{device} {area}".strip() if _EXCEPT.search(device) else device)
    if not excluded:
        excluded = _split(command)[1]
    words = _plain(wanted)
    areas = _areas(devices, area) or _areas(devices, wanted)
    pool = [d for d in devices if not areas or d.area in areas]
    several = _several(wanted, command)
    found = _chosen(pool, words, _kind(words), several)
    if excluded:
        out = _areas(devices, excluded)
        names = {d.id for d in _named(devices, _plain(excluded))} if not out else set()
        found = [d for d in found if d.area not in out and d.id not in names]
    return found


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
    return _without_areas(devices, words) in _KINDS[kind]


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
        return text[: found.start()] + rest[cut:], rest[:cut]
    return text[: found.start()], text[found.end() :]


def _plain(text: str) -> str:
    """Lower case, without articles and the words for all."""
    text = _ALL.sub(" ", text.lower())
    return " ".join(re.sub(r"\b(the|my|a|an|of|in|please|device|devices|on|off|to|at)\b|设备|的|把|请|一下", " ", text).split())


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
    for kind, names in _KINDS.items():
        if any((re.search(rf"\b{re.escape(n)}\b", words) if n.isascii() else n in words) for n in names):
            return kind
    return ""


def _plural(words: str) -> bool:
    return bool(re.search(r"\b\w+s\b", words)) and not re.search(r"\b(blinds|curtains|shutters|ac's)\b", words)
