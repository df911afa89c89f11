"""Prompt: words become a plan of what to draw. Knows the vocabulary, knows no pixel.

Reads English and Chinese, mixed if need be: the longest known phrase wins; what is not understood is kept and told, never ignored in
silence. Quoted words are text to be written into the picture.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tools.shapes import words as w
from tools.shapes.tokens import Token, tokens
from tools.shapes.vocabulary import things


class Group(BaseModel):
    """One thing of the plan, maybe several times."""

    model_config = ConfigDict(frozen=True)

    thing: str
    colours: tuple[str, ...] = ()
    """Names of the palette: main, then accent; an empty name keeps the natural colour."""
    count: int = 1
    size: float = 1.0
    """Factor on the natural size."""
    relation: str = ""
    """left, right, above, on, below, beside, front, behind, in, wears; to `anchor`."""
    anchor: int | None = None
    """Index of the group it stands to."""
    place: str = ""
    """left, right, top, bottom, middle or back of the picture."""


class Plan(BaseModel):
    """What to draw."""

    model_config = ConfigDict(frozen=True)

    groups: tuple[Group, ...] = ()
    scene: str = ""
    """sea, underwater, space, snow, beach, meadow, sky, room, road; empty follows the things."""
    time: str = ""
    """night, sunset, or empty for day."""
    background: str = ""
    """Colour asked for the background."""
    texts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Words that were not understood."""


WORN = ("hat", "crown", "glasses")
"""Things that sit on a head."""


def _has_head(token: Token | None) -> bool:
    return token is not None and token.kind == "thing" and things()[token.value].head is not None


class _Reader:
    """Walks over the tokens and collects groups."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.scene = self.background = self.time = ""
        self.texts: list[str] = []
        self.unknown: list[str] = []
        self._clear()
        self.relation = ""
        self.marker: int | None = None  # the group before 在
        self.worn: int | None = None  # a hat before its wearer
        self.after: tuple[str, int] | None = None  # 桌子上(有) -> relation of the next group

    def _clear(self) -> None:
        self.colours: list[str] = []
        self.count, self.size, self.place = 1, 1.0, ""

    def take(self, token: Token, following: Token | None) -> None:
        """One token."""
        handler = getattr(self, f"_on_{token.kind}", None)
        if handler is not None:
            handler(token, following)

    def _on_thing(self, token: Token, following: Token | None) -> None:
        if following is not None and following.kind == "thing" and following.words in ("shape", "shapes"):
            return
        index = len(self.groups)
        relation, anchor = "", None
        if self.relation and self.groups:
            relation, anchor = self.relation, index - 1
        group = Group(
            thing=token.value, colours=tuple(self.colours[:2]), count=max(1, min(9, self.count)), size=self.size, place=self.place
        )
        self.groups.append(group)
        wearable = token.value in WORN
        if self.worn is not None:
            self._relate(self.worn, "wears", index)
            self.worn = None
        if self.relation == "wears" and wearable and token.chinese and _has_head(following):
            self.worn = index  # 戴帽子的猫: the one who wears it comes after
        elif relation == "with":
            # plain "with" only puts things together
            if wearable:
                self._relate(index, "wears", index - 1)
        elif relation == "wears":
            self._relate(index, "wears" if wearable else "beside", index - 1)
        elif relation == "and" or (relation == "in" and things()[token.value].place in ("sky", "backdrop", "water")):
            pass
        elif relation and anchor is not None:
            self._relate(anchor, relation, index)
        if self.after:
            self._relate(index, *self.after)
        self.relation = ""
        self._clear()

    def _relate(self, index: int, relation: str, anchor: int) -> None:
        """Group `index` stands in `relation` to group `anchor`; a circle of relations is refused."""
        seen, step = set(), anchor
        while step is not None and step not in seen:
            if step == index:
                return
            seen.add(step)
            nxt = self.groups[step].anchor
            if nxt is None:
                break
            step = nxt
        self.groups[index] = self.groups[index].model_copy(update={"relation": relation, "anchor": anchor})

    def _on_colour(self, token: Token, following: Token | None) -> None:
        self.colours.append(token.value)

    def _on_count(self, token: Token, following: Token | None) -> None:
        self.count = int(token.value)

    def _on_size(self, token: Token, following: Token | None) -> None:
        self.size *= w.SIZES[token.value]

    def _on_relation(self, token: Token, following: Token | None) -> None:
        self._settle()
        self.relation = token.value

    def _on_after(self, token: Token, following: Token | None) -> None:
        """A Chinese place word after a thing: 猫在桌子上, 桌子上的猫, 桌子上有一只猫."""
        if not self.groups:
            return
        last = len(self.groups) - 1
        if self.marker is not None and self.marker < last:
            self._relate(self.marker, token.value, last)
            self.marker = None
        else:
            self.after = (token.value, last)

    def _on_filler(self, token: Token, following: Token | None) -> None:
        if token.value == "在" and self.groups:
            self.marker = len(self.groups) - 1

    def _on_place(self, token: Token, following: Token | None) -> None:
        if self.groups and not (self.colours or self.count > 1):
            self.groups[-1] = self.groups[-1].model_copy(update={"place": token.value})
        else:
            self.place = token.value

    def _on_scene(self, token: Token, following: Token | None) -> None:
        if token.value in w.TIMES:
            self.time = token.value
        else:
            self.scene = token.value
        self.relation = ""
        if token.value in ("sea", "sky", "snow") and self.colours:
            self._clear()

    def _on_background(self, token: Token, following: Token | None) -> None:
        if self.colours:
            self.background = self.colours[-1]
        self._clear()
        self.relation = ""

    def _on_part(self, token: Token, following: Token | None) -> None:
        """A part with a colour paints that part of the last thing ("a house with a red roof")."""
        if self.groups and self.colours:
            group = self.groups[-1]
            main = group.colours[0] if group.colours else ""
            colours = (self.colours[0], *group.colours[1:]) if token.value == "main" else (main, self.colours[0])
            if token.value:
                self.groups[-1] = group.model_copy(update={"colours": colours})
        self._clear()
        self.relation = ""

    def _on_text(self, token: Token, following: Token | None) -> None:
        self.texts.append(token.value[:60])

    def _on_stop(self, token: Token, following: Token | None) -> None:
        self._settle()
        self.relation, self.marker, self.after = "", None, None

    def _on_unknown(self, token: Token, following: Token | None) -> None:
        self.unknown.append(token.words)
        self._clear()

    def _settle(self) -> None:
        """Colours said after a thing ("the car is red") belong to it."""
        if self.colours and self.groups and not self.groups[-1].colours:
            self.groups[-1] = self.groups[-1].model_copy(update={"colours": tuple(self.colours[:2])})
        if self.colours:
            self._clear()


def read(prompt: str) -> Plan:
    """The plan of `prompt`; its groups are empty when nothing in it can be drawn."""
    reader = _Reader()
    found = [t for t in tokens(prompt) if not (t.kind == "filler" and t.value == "的")]
    for n, token in enumerate(found):
        following = next((t for t in found[n + 1 :] if t.kind != "filler"), None)
        # "red and yellow ball": the second colour is an accent, not a new thing
        if token.value == "and" and reader.colours and following is not None and following.kind == "colour":
            continue
        reader.take(token, following)
    reader._settle()
    return Plan(
        groups=tuple(reader.groups[:12]), scene=reader.scene, time=reader.time, background=reader.background, texts=tuple(reader.texts[:3]),
        unknown=tuple(dict.fromkeys(reader.unknown)),
    )  # fmt: skip
