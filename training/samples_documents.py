"""Writes the sample documents that are not plain text: the warranty (PDF, 3 pages), the shop guide (Word) and the slides."""

from __future__ import annotations

import datetime
from pathlib import Path

SHOP = "Gale Outdoor"
MADE = datetime.datetime(2026, 11, 20, 12, 0, 0)
"""Fixed, so that the same script writes the same dates."""

WARRANTY: list[tuple[str, list[str]]] = [
    (
        "What the warranty covers",
        [
            "This warranty is a promise of Gale Outdoor, 12 Harbour Street, to everybody who bought a Gale product.",
            "The warranty covers faults in material and workmanship: seams that open, zips that break, a waterproof membrane that "
            "comes off, buckles and tent poles that snap, and lamps that no longer light.",
            "Jackets are covered for five years, tents and backpacks for three years, lamps and electronics for two years, socks and "
            "consumables for 90 days. The time begins on the day of purchase.",
            "The warranty also covers parts that we replaced in an earlier repair, for six months or until the end of the original "
            "warranty, whichever is later.",
            "The warranty belongs to the product. If you give the product away, the new owner has the same rights.",
        ],
    ),
    (
        "What the warranty does not cover",
        [
            "The warranty does not cover normal wear, burns from campfires or stoves, cuts and tears from accidents, or damage from "
            "washing above 30 degrees or with fabric softener.",
            "Batteries lose capacity with age. A battery is covered only when it holds less than 60 percent of its capacity within "
            "the first year.",
            "Products that are rented out or used for business are covered for one year only.",
            "Colours may fade in the sun. This is not a fault.",
            "Changes to a product that were not made by us or by a workshop named by us end the warranty.",
        ],
    ),
    (
        "How to make a claim",
        [
            "Send a photo of the fault and your receipt or order number to repairs@gale-outdoor.example. "
            "We answer within two working days.",
            "We send you a return label. Shipping for warranty repairs is free of charge. Please send the product clean and dry.",
            "We repair the product within 14 days. If it cannot be repaired we replace it. If we no longer make it, you get the price "
            "you paid back.",
            "After the warranty has ended we still repair: zips from 15 EUR, seams from 10 EUR, patches from 8 EUR.",
            "Your rights under consumer law are not limited by this warranty.",
        ],
    ),
]

GUIDE: list[tuple[str, list[str]]] = [
    ("The shop", ["The shop has two floors. Jackets and clothing are on the ground floor; tents, backpacks and cooking are upstairs.",
                  "The workshop is behind the counter. Repairs can be handed in until 17:30.",
                  "There are two parking places for customers in the yard. Dogs are welcome."]),
    ("Choosing a tent", ["The Cove Tent 2 weighs 2.3 kg and is set up by one person in six minutes.",
                         "The Cove Tent 4 has two rooms and weighs 4.1 kg. It needs a pitch of 4 by 3 metres.",
                         "Both tents stand a water column of 4000 mm and are made for three seasons, not for snow."]),
    ("Choosing a backpack", ["For a day trip the Trail Backpack 28 is large enough. For a week in huts take the Trail Backpack 45.",
                             "A backpack fits when the hip belt sits on the hip bones and carries most of the weight."]),
    ("Trade-in", ["Bring back a worn Gale jacket and get 20 EUR off a new one. We repair it and sell it second hand."]),
]  # fmt: skip

SLIDES: list[tuple[str, list[str]]] = [
    ("Layers: staying dry and warm", ["Staff training, Gale Outdoor"]),
    ("The base layer", ["Merino wool next to the skin carries sweat away.", "Cotton stays wet and is not suitable."]),
    ("The middle layer", ["Fleece or down keeps the warmth.", "Down warms most for its weight, but not when it is wet."]),
    ("The outer layer", ["A rain jacket with 20000 mm water column keeps out a whole day of rain.",
                         "With 10000 mm it keeps out a shower of two hours."]),
    ("What to recommend", ["Day hike in summer: merino shirt and Drizzle Jacket.", "Autumn in the mountains: fleece and Ridge Jacket.",
                           "Dry cold: Ember Down Jacket."]),
]  # fmt: skip


def warranty(path: Path) -> Path:
    """The warranty, one section a page."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    head = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=17, leading=22, textColor=HexColor("#1f4d46"), spaceAfter=6 * mm)
    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=15.5, spaceAfter=3.5 * mm)
    story: list[object] = []
    for title, paragraphs in WARRANTY:
        story += [Paragraph(title, head), *(Paragraph(text, body) for text in paragraphs), PageBreak()]

    SimpleDocTemplate(
        str(path), pagesize=A5, title="Gale Outdoor warranty", author=SHOP, invariant=1,
        leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
    ).build(story[:-1])  # fmt: skip
    return path


def guide(path: Path) -> Path:
    """The shop guide as a Word document with headings and a table."""
    from docx import Document

    document = Document()
    document.core_properties.author, document.core_properties.title = SHOP, "Shop guide"
    document.core_properties.created = document.core_properties.modified = MADE
    document.add_heading("Gale Outdoor shop guide", 0)
    for title, paragraphs in GUIDE:
        document.add_heading(title, 1)
        for text in paragraphs:
            document.add_paragraph(text)
    document.add_heading("Who to ask", 1)
    rows = [("Topic", "Person", "Day"), ("Tents", "Mara", "Monday to Thursday"), ("Repairs", "Jonas", "Tuesday to Saturday"),
            ("Jackets and sizes", "Li Wei", "every day")]  # fmt: skip
    table = document.add_table(rows=0, cols=3)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))
    return path


def slides(path: Path) -> Path:
    """Five slides about layers."""
    from pptx import Presentation

    deck = Presentation()
    deck.core_properties.author, deck.core_properties.title = SHOP, "Layers"
    deck.core_properties.created = deck.core_properties.modified = MADE
    for title, lines in SLIDES:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    deck.save(str(path))
    return path


def make(folder: Path) -> list[Path]:
    """Write the three documents into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [warranty(folder / "gale_warranty.pdf"), guide(folder / "gale_shop_guide.docx"), slides(folder / "gale_layers.pptx")]
