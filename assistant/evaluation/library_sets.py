"""Collections made of public sets, as people would fill one: FAQ tables, articles, invoices, a shop with pictures; and their golden cases.

Of every set a part is left out of the collection, and what it would have answered must be refused.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.evaluation.base import held_out
from assistant.evaluation.golden import Case, Source
from retrieval.faults import NotFound

LEFT_OUT = 3
"""One entry in so many is left out of the collection."""
MOST = 120
"""Answerable cases of a set, and half as many of the others."""


@dataclass
class LibrarySet:
    """Files of one collection, and the cases to ask of it."""

    name: str
    language: str
    files: dict[str, bytes] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    def thinned(self) -> LibrarySet:
        """With at most `MOST` answerable cases and half as many others, spread evenly."""
        kept: list[Case] = []
        for answerable, most in ((True, MOST), (False, MOST // 2)):
            found = [case for case in self.cases if case.answerable == answerable]
            kept += [found[n * len(found) // most] for n in range(most)] if len(found) > most else found
        return LibrarySet(self.name, self.language, self.files, kept)


def _there(data: Path, name: str) -> Path:
    path = data / name
    if not path.exists():
        raise NotFound(f"There is no {name} in {data}.", hint="Name the folder that holds the sets: --data DIR.")
    return path


def _table(rows: Sequence[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def faq_en(data: Path) -> LibrarySet:
    """Questions and answers on an epidemic; asked in other words."""
    rows = [json.loads(line) for line in _there(data, "faq/dev/covid_faq.jsonl").read_text("utf-8").splitlines()]
    rows = [{"question": row["question"], "answer": row["answer"]} for row in rows]
    kept = [row for row in rows if not held_out(row["question"], LEFT_OUT)]
    place = {row["question"]: n for n, row in enumerate(kept, 1)}
    found = LibrarySet("faq_en", "en", {"faq.csv": _table(kept)})
    with _there(data, "faq/dev/covid_question_similarity_en.tsv").open(encoding="utf-8", newline="") as file:
        for n, pair in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)):
            if pair["similar"] == "1" and pair["question_1"] in place:
                source = Source("faq.csv", row=place[pair["question_1"]])
                found.cases.append(Case(f"faq_en-{n}", pair["question_2"], (source,)))
    gone = [row["question"] for row in rows if row["question"] not in place]
    found.cases += [Case(f"faq_en-none-{n}", question, answerable=False) for n, question in enumerate(gone)]
    return found


_ASKED_ZH = {
    "电话": ("{}的电话是多少？", "怎么打电话给{}？", "帮我查一下{}的电话号码", "{}电话多少"),
    "地址": ("{}在哪里？", "请问{}的地址是什么？", "我想知道{}的具体地址", "{}地址"),
    "评分": ("{}的评分是多少？", "{}评分高吗，几分？", "{}评价怎么样，评分几分？"),
    "价格": ("{}一晚多少钱？", "{}的价格是多少？", "住{}要花多少钱？"),
    "门票": ("{}的门票多少钱？", "去{}玩要买票吗，门票多少？"),
    "人均消费": ("{}的人均消费是多少？", "在{}吃饭，人均消费多少"),
    "营业时间": ("{}的营业时间是几点到几点？", "{}几点开门？"),
}
_ASKED_EN = {
    "price": ("How much is the {}?", "what does the {} cost?", "price of the {}", "Could you tell me the price of the {}, please?"),
    "category": ("What category is the {} in?", "which category does the {} belong to?"),
    "material": ("What is the {} made of?", "what material is the {}?"),
    "style": ("What style is the {}?", "what style is the {}"),
}
"""Column -> how its cells are asked for; in lower case the name is written so too."""
_ROWS = 240


def _cells(name: str, language: str, title: str, rows: Sequence[dict[str, Any]], asked: dict[str, tuple[str, ...]]) -> LibrarySet:
    """A table, `title` the column of its names, of which single cells are asked for: of each row one, in one way after the other."""
    kept = [row for row in rows if not held_out(row[title], LEFT_OUT)]
    file = f"{name}.csv"
    found = LibrarySet(name, language, {file: _table(kept)})
    columns = [column for column in asked if column in rows[0]]
    for n, row in enumerate(rows):
        column = columns[n % len(columns)]
        way = asked[column][n // len(columns) % len(asked[column])]
        question = way.format(row[title] if way != way.lower() or language == "zh" else row[title].lower())
        if row in kept and row[column] != "":
            found.cases.append(Case(f"{name}-{n}", question, (Source(file, row=kept.index(row) + 1),)))
        elif row not in kept:
            found.cases.append(Case(f"{name}-{n}", question, answerable=False))
    return found


def _places(data: Path, kind: str, name: str, columns: Sequence[str]) -> LibrarySet:
    known = [row for _, row in json.loads(_there(data, f"faq/dev/crosswoz_db_{kind}_zh.json").read_text("utf-8"))]
    rows = [{key: row.get(key) if row.get(key) is not None else "" for key in columns} for row in known][:_ROWS]
    return _cells(name, "zh", "名称", rows, _ASKED_ZH)


def hotels_zh(data: Path) -> LibrarySet:
    """A Chinese table of hotels."""
    return _places(data, "hotel", "hotels_zh", ("名称", "酒店类型", "电话", "地址", "评分", "价格"))


def sights_zh(data: Path) -> LibrarySet:
    """A Chinese table of sights, many of which lie in or beside another that has its name in their addresses."""
    return _places(data, "attraction", "sights_zh", ("名称", "电话", "地址", "评分", "门票"))


def restaurants_zh(data: Path) -> LibrarySet:
    """A Chinese table of restaurants, many of them branches."""
    return _places(data, "restaurant", "restaurants_zh", ("名称", "电话", "地址", "评分", "人均消费", "营业时间"))


def products_en(data: Path) -> LibrarySet:
    """A catalogue of products whose names have most words in common."""
    lines = _there(data, "products/dev/retail_demo_products.jsonl").read_text("utf-8").splitlines()
    known = {row["name"]: row for row in map(json.loads, lines)}
    rows = [{key: row[key] for key in ("name", "description", "category", "style", "price")} for row in known.values()]
    return _cells("products_en", "en", "name", rows[:_ROWS], _ASKED_EN)


def _articles(data: Path, path: str, name: str, language: str, most: int) -> LibrarySet:
    """Articles as Markdown files; the last paragraph of each is left out, and every third article."""
    articles = json.loads(_there(data, path).read_text("utf-8"))["data"][:most]
    found = LibrarySet(name, language)
    for number, article in enumerate(articles):
        title = str(article.get("title") or f"article {number}").replace("/", " ")
        whole = len(article["paragraphs"])
        kept = 0 if held_out(f"{title}{number}", LEFT_OUT) else whole - (whole > 2)
        text = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"][:kept])
        file = f"{title}.md" if kept else ""
        if file:
            found.files[file] = f"# {title.replace('_', ' ')}\n\n{found.files.get(file, b'').decode()}{text}\n".encode()
        for n, paragraph in enumerate(article["paragraphs"]):
            for qa in paragraph["qas"][:3]:
                case = f"{name}-{number}-{n}-{qa['id']}"
                if n < kept:
                    found.cases.append(Case(case, qa["question"], expected=str(qa["answers"][0]["text"])))
                else:
                    found.cases.append(Case(case, qa["question"], answerable=False))
    return found


def articles_en(data: Path) -> LibrarySet:
    """English encyclopedia articles."""
    return _articles(data, "qa_extractive/dev/xquad.en.json", "articles_en", "en", 48)


def articles_zh(data: Path) -> LibrarySet:
    """Chinese encyclopedia articles (traditional characters)."""
    return _articles(data, "qa_extractive/dev/drcd_dev.json", "articles_zh", "zh", 60)


_FIELDS = {"invoice_number": "What is the invoice number of the invoice from {}?", "date": "When was the invoice from {} issued?",
           "amount": "What is the total amount of the {} invoice?"}  # fmt: skip


def invoices(data: Path) -> LibrarySet:
    """Invoices as PDF files; asked for their fields by the name of who sent them."""
    found = LibrarySet("invoices", "en")
    for path in sorted(_there(data, "documents/dev/invoices").glob("*.pdf")):
        fields = json.loads(path.with_suffix(".json").read_text("utf-8"))[0]
        kept = not held_out(path.name, LEFT_OUT)
        if kept:
            found.files[path.name] = path.read_bytes()
        for key, question in _FIELDS.items():
            if key in fields:
                sources = (Source(path.name),) if kept else ()
                found.cases.append(Case(f"{path.stem}-{key}", question.format(fields["issuer"]), sources, answerable=kept))
    return found


def shop(data: Path, folder: Path, most: int = 60, *, named: bool = False) -> LibrarySet:
    """A shop's products as a table, with a picture of each; asked by words for pictures, and by a second picture. `folder` holds those.

    With `named` the table comes first and names the pictures, so that they are found by their rows; without, by what is seen in them.
    """
    rows = [json.loads(line) for line in _there(data, "products/dev/magento_products.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row.get("images")][:most]
    found = LibrarySet("catalogue" if named else "shop", "en")
    table = [{"name": r["name"], "description": r["description"], "price": r["price"]} | ({"image": r["images"][0]} if named else {})
             for r in rows]  # fmt: skip
    found.files["products.csv"] = _table(table)
    with zipfile.ZipFile(_there(data, "products/dev/magento_products.zip")) as archive:
        inside = set(archive.namelist())
        for row in rows:
            pictures = [name for name in row["images"] if name in inside]
            if not pictures:
                continue
            found.files[pictures[0]] = archive.read(pictures[0])
            source = (Source(pictures[0]),)
            found.cases.append(Case(f"{row['sku']}-name", row["name"], source, modalities=("image",)))
            found.cases.append(Case(f"{row['sku']}-text", row["description"][:300], source, modalities=("image",)))
            if len(pictures) > 1:
                other = folder / pictures[1]
                other.write_bytes(archive.read(pictures[1]))
                found.cases.append(Case(f"{row['sku']}-alt", "", source, image=other, modalities=("image",)))
            found.cases.append(Case(f"{row['sku']}-row", row["description"].split(".")[0], expected=row["name"], modalities=("text",)))
    return found


SETS: dict[str, Callable[[Path], LibrarySet]] = {
    "faq_en": faq_en, "hotels_zh": hotels_zh, "sights_zh": sights_zh, "restaurants_zh": restaurants_zh, "products_en": products_en,
    "articles_en": articles_en, "articles_zh": articles_zh, "invoices": invoices,
}  # fmt: skip
"""Sets of words that are asked like a person asks."""
