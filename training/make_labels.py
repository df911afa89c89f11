"""Writes the names that the encoder is asked about, English and Chinese, and their vectors: `retrieval/embedders/senses_labels.*`.

    python training/make_labels.py

Names of emoji come from the package `emoji` (CLDR, Unicode licence), those of the photo sets and what Chinese people type for them from
`labels_more.tsv` (ours). What is no thing (flags, buttons, clock faces, signs of the zodiac) is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from emoji import EMOJI_DATA
from safetensors.numpy import save_file

from retrieval.content import Content
from retrieval.embedders.minilm import MiniLM, create

LEFT_OUT = re.compile("|".join((
    r"flag|button|keycap|o’clock|thirty|arrow$|arrow curving|selector|family|couple with heart|kiss:|: |skin tone|input |symbol for",
    r"^(man|woman|men|women) |hair|squared|ring:|currency exchange|part alternation|^no | prohibited|mark$|sign$|inverted|dotted|diamond$",
    r"(Aries|Taurus|Gemini|Cancer|Leo|Virgo|Libra|Scorpio|Sagittarius|Capricorn|Aquarius|Pisces|Ophiuchus)",
    r"^(heavy|double|curly|wavy|white|red|black) (exclamation|question|dash|loop|large|medium|small)|(large|medium|small) square",
    r"^circled|^index|^backhand|busts? in|antenna bars|card index|control knobs|dice|asterisk|(up|down|left|right) ?$",
    r"^(cl|up|new|free|cool|ng|ok|sos|vs|id|tm|end|back|on|soon|top)$|trade|registered|copyright|information|heavy large|Japanese “",
)))  # fmt: skip
FLAG = re.compile("[\U0001f1e6-\U0001f1ff\U000e0020-\U000e007f]")
OUT = Path("retrieval/embedders/senses_labels.tsv")
LICENCE = (
    "# Names of emoji: Unicode CLDR, through the package `emoji`; © Unicode, Inc., Unicode License v3 "
    "(https://www.unicode.org/license.txt). The others are ours, Apache-2.0. "
    "kind: label = asked of pictures, sound = of sounds, word = only to translate a query."
)


def emoji_labels() -> list[tuple[str, str]]:
    """(English, Chinese) of the emoji that are things."""
    places = find_spec("emoji").submodule_search_locations
    chinese = json.loads((Path(places[0]) / "unicode_codes" / "emoji_zh.json").read_text("utf-8"))
    found: dict[str, str] = {}
    for sign, about in EMOJI_DATA.items():
        name, other = (text.strip(":").replace("_", " ") for text in (about["en"], chinese.get(sign, "")))
        if not LEFT_OUT.search(name) and not FLAG.search(sign) and re.search("[\u4e00-\u9fff]", other):
            found.setdefault(name, other)
    return sorted(found.items())


def rows() -> list[tuple[str, str, str]]:
    """(kind, English, Chinese names with commas); names of several sources are joined, ours first."""
    with Path(__file__).with_name("labels_more.tsv").open(encoding="utf-8", newline="") as file:
        more = [(r["kind"], r["en"], r["zh"]) for r in csv.DictReader(file, delimiter="\t")]
    ours = {english: n for n, (kind, english, _) in enumerate(more) if kind == "label"}
    for english, chinese in emoji_labels():
        if english in ours:
            kind, name, known = more[ours[english]]
            if chinese not in known.split(","):
                more[ours[english]] = (kind, name, f"{known},{chinese}")
        else:
            more.append(("label", english, chinese))
    return more


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", default="~/.cache/synesthesia", type=lambda given: Path(given).expanduser())
    arguments = parser.parse_args()
    found = rows()
    with OUT.open("w", encoding="utf-8", newline="") as file:
        file.write(LICENCE + "\nkind\ten\tzh\n")
        file.writelines("\t".join(row) + "\n" for row in found)
    asked = [english for kind, english, _ in found if kind != "word"]
    vectors = create(arguments.cache).embed([Content.from_text(name) for name in asked])
    save_file({"vectors": vectors.astype(np.float16)}, OUT.with_suffix(".safetensors"), metadata={"space": MiniLM.space})
    print(f"{len(asked)} names, {len(found) - len(asked)} more words to translate")


if __name__ == "__main__":
    main()
