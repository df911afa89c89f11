"""A made-up trade: products whose names no model knows, the questions that are asked about them, and pictures of invented things."""

import csv
import io
from pathlib import Path

from library_samples import CACHE
from PIL import Image, ImageDraw

from assistant.training.runs import Options

PRODUCTS = {
    "Zorblat": "A cordless vacuum cleaner. It picks up dust and pet hair from carpets and floors.",
    "Quimmel": "An electric kettle of steel. It boils one and a half litres of water in four minutes.",
    "Frondix": "A folding bicycle with seven gears. It fits into the boot of a small car.",
    "Plovina": "A rain jacket with sealed seams. It keeps you dry for hours and packs into its own pocket.",
    "Snarvo": "A reading lamp with a warm light. It clips to a shelf or to the head of a bed.",
    "Bruntel": "A garden hose of thirty metres. It rolls itself up and does not kink.",
    "Wexley": "A camping tent for three people. It stands in five minutes and withstands storms.",
    "Omplar": "A chess set carved from walnut. The board is hinged and closes into a box.",
    "Tiskit": "Noise cancelling headphones. They play for thirty hours and charge in one.",
    "Gralken": "A cast iron frying pan. It can go into the oven and lasts a lifetime.",
}
WAYS = (
    "what is the {}?", "how much does a {} cost?", "tell me about the {} please", "is the {} any good?", "my {} is broken, what now?",
    "where can I buy the {}?", "do you still have a {} left?",
)  # fmt: skip
QUESTIONS = [(way.format(name), words) for name, words in PRODUCTS.items() for way in WAYS]


def silent(share, what):
    assert 0 <= share <= 1
    assert what


def options(folder, *data, **more):
    return Options(Path(folder) / "data", CACHE, tuple(Path(one) for one in data), **more)


def write(path, columns, rows):
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if str(path).endswith(".tsv") else ",")
        writer.writerows([columns, *rows])
    return Path(path)


def faq(folder, rows=None):
    return write(Path(folder) / "faq.csv", ("question", "answer"), QUESTIONS if rows is None else rows)


THINGS = {"a glimmock": ("red", "ellipse"), "a tarrowby": ("blue", "rectangle"), "a vonderling": ("green", "ellipse")}


def drawing(colour, shape, place):
    picture = Image.new("RGB", (96, 96), "white")
    box = (8 + 3 * place, 12 + 2 * place, 60 + 2 * place, 58 + 3 * place)
    getattr(ImageDraw.Draw(picture), shape)(box, fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def catalogue(folder, each=9):
    """A table of pictures: three invented things, each drawn `each` times in another place."""
    rows = []
    for name, (colour, shape) in THINGS.items():
        for place in range(each):
            file = Path(folder) / f"{name[2:]}-{place}.png"
            file.write_bytes(drawing(colour, shape, place))
            rows.append((file.name, name))
    return write(Path(folder) / "pictures.csv", ("image", "caption"), rows)
