"""Early: the bundled encoder of words begins to load while the rest of the program is still being imported. Joins nothing.

Checking and mapping its weights keeps Python free, so on a second core the first answer comes a third of a second sooner.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from assistant.settings import Settings
from retrieval.backends import call, load
from retrieval.content import Content
from retrieval.embedders.base import Embedder
from retrieval.faults import Fault

ROLE, BUNDLED = "text_embedder", ("minilm", "minilm_int8")
Early = Mapping[tuple[str, str], Embedder]
"""Embedders by name and reference."""
log = logging.getLogger(__name__)


def begin(settings: Settings) -> Early:
    """The embedder by its name and reference, already loading; nothing when another one was chosen. Raises what its `create` raises."""
    chosen = settings.backend(ROLE)
    if chosen[0] not in BUNDLED or settings.models_runtime != "process":
        return {}
    words: Embedder = call(load("retrieval.embedders", chosen[0]), reference=chosen[1], cache_dir=settings.cache_dir)
    threading.Thread(target=_load, args=(words,), name="early", daemon=True).start()
    return {chosen: words}


def _load(words: Embedder) -> None:
    try:
        words.embed([Content.from_text("warm up")])
    except Fault as fault:  # the warm-up tries again, and tells
        log.info("the encoder of words does not load: %s", fault)
    except Exception:
        log.exception("the encoder of words does not load")
