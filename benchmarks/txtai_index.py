"""Makes the index that txtai's API serves, of the same passages: `PYTHON -m benchmarks.txtai_index FOLDER COUNT`, by the peers' Python."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.bare import model_folder
from benchmarks.passages import passages
from benchmarks.starting import ANSWER


def main() -> None:
    """Index, save, and write the configuration beside it."""
    from txtai import Embeddings

    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    index = Embeddings(path=model_folder(), content=True, hybrid=True, gpu=False)
    index.index([ANSWER, *passages(count)])
    index.save(str(folder / "txtai"))
    model = model_folder()
    (folder / "txtai.yml").write_text(
        f"path: {folder / 'txtai'}\nwritable: false\nembeddings:\n  path: {model}\n  content: true\n  hybrid: true\n  gpu: false\n", "utf-8"
    )
    print("saved", flush=True)


if __name__ == "__main__":
    main()
