"""A transcriber that another process holds, as its callers see it in this one. Knows no address and no engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.transcribers.base import Expected, Transcript
from retrieval.items import ModelCard
from retrieval.serving.served import Served


class ServedTranscriber(Served):
    """A transcriber. One that can be told which names may be said is told with each call, because any replica may take it."""

    methods = ("transcribe", "among")
    facts = ("card",)
    _expected: Callable[[], Expected] | None = None

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        found: ModelCard = self.fact("card")
        return found

    def readiness(self) -> str:
        """`ready` or `failed: why`."""
        return "ready" if self._connection.answers() else f"failed: {self._connection.away(self._name).message}"

    def close(self) -> None:
        """Give the connections back; the replicas are not ours to end."""
        self._connection.close()

    def listen_for(self, expected: Callable[[], Expected]) -> None:
        """Names that may be said from now on; asked anew for each recording."""
        self._expected = expected

    def transcribe(self, samples: NDArray[np.float32], language: str) -> Transcript:
        """Words of mono float32 samples."""
        return self._hear("transcribe", samples, language)

    def _hear(self, method: str, samples: NDArray[np.float32], told: str | Sequence[str]) -> Transcript:
        hears = self._expected is not None and self.described()["hears"]
        more = {"expected": self._expected()} if hears and self._expected is not None else {}
        given = told if isinstance(told, str) else list(told)
        found: Transcript = self.call(method, np.asarray(samples, np.float32), given, **more)
        return found

    def _method(self, name: str) -> Callable[..., Transcript]:
        return lambda samples, told: self._hear(name, samples, told)
