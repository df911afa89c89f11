"""The search endpoint a person would write first: FastAPI, sentence-transformers and flat FAISS, each request for itself in a thread.

`python -m benchmarks.naive FOLDER`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.bare import sentence_transformer
from benchmarks.lookups import given
from benchmarks.processes import free_port


def create_app(folder: Path) -> Any:
    """The app over what `benchmarks.lookups` was given."""
    import faiss
    from fastapi import FastAPI
    from pydantic import BaseModel

    texts, vectors = given(folder)
    model, index, app = sentence_transformer(), faiss.IndexFlatIP(vectors.shape[1]), FastAPI()
    index.add(vectors)

    class Asked(BaseModel):
        query: str
        k: int = 10

    def search(asked: Asked) -> dict[str, Any]:
        scores, places = index.search(model.encode([asked.query], normalize_embeddings=True), asked.k)
        return {"data": [{"text": texts[at], "score": float(score)} for score, at in zip(scores[0], places[0], strict=True)]}

    search.__annotations__ = {"asked": Asked, "return": dict[str, Any]}
    app.post("/search")(search)
    return app


def main() -> None:
    """Serve."""
    import uvicorn

    app, port = create_app(Path(sys.argv[1])), free_port()
    print(f"http://127.0.0.1:{port}", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
