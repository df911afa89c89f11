"""Rows of a small shop, as a table in English has them."""

from assistant.reflex.rows import Row

_NAMES = ("name", "category", "colour", "price", "currency", "weight_g", "waterproof_mm", "sizes", "in_stock", "description")
_CELLS = (
    ("Ridge Jacket Red", "jackets", "red", 189.0, "EUR", 410, 20000, "S M L", 14, "Red three-layer rain jacket"),
    ("Ridge Jacket Blue", "jackets", "blue", 189.0, "EUR", 410, 20000, "S M L", 0, "Blue three-layer rain jacket"),
    ("Drizzle Jacket Red", "jackets", "red", 79.0, "EUR", 260, 10000, "S M L", 31, "Light red rain jacket"),
    ("Ember Jacket Black", "jackets", "black", 249.0, "EUR", 480, 0, "S M L", 7, "Warm black down jacket"),
    ("Cove Tent 2", "tents", "orange", 329.0, "EUR", 2300, 4000, "2 persons", 6, "Orange two-person tent"),
    ("Cove Tent 4", "tents", "green", 449.0, "EUR", 4100, 4000, "4 persons", 2, "Green four-person tent"),
    ("Trail Backpack 28", "backpacks", "teal", 99.0, "EUR", 890, 0, "28 litres", 16, "Teal day backpack"),
    ("Trail Backpack 45", "backpacks", "black", 149.0, "EUR", 1400, 0, "45 litres", 5, "Black trekking backpack"),
    ("Proofing Spray", "care", "none", 12.9, "EUR", 350, 0, "300 ml", 70, "Renews the water repellency of jackets and tents"),
)
SHOP = [
    Row(
        number,
        cells[0],
        ", ".join(f"{name}: {cell}" for name, cell in zip(_NAMES, cells, strict=True)),
        dict(zip(_NAMES, cells, strict=True)),
    )
    for number, cells in enumerate(_CELLS, 1)
]


def weigh(words):
    """Every word tells the same."""
    return dict.fromkeys(words, 1.0)
