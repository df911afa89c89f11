"""Makes the sample collection's pictures, sounds and office documents again: `make samples`, or run it with the project's Python.

The text documents (.md, .csv) are written by hand and stay as they are. Needs DejaVu fonts, reportlab (dev extra) and eSpeak NG.
"""

from __future__ import annotations

from pathlib import Path

import samples_documents
import samples_pictures
import samples_sounds

FOLDER = Path(__file__).resolve().parent.parent / "assistant" / "samples"


def main() -> None:
    """Write everything and say what was written."""
    made = [
        *samples_pictures.make(FOLDER / "pictures"),
        *samples_sounds.make(FOLDER / "sounds"),
        *samples_documents.make(FOLDER / "documents"),
    ]
    for path in made:
        print(f"{path.stat().st_size:8d}  {path.relative_to(FOLDER)}")


if __name__ == "__main__":
    main()
