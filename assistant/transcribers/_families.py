"""Families: how the kinds of recognisers of the transformers library write down speech. Knows no conversation and no host.

Whisper (attention with times and a sense of silence), CTC (a letter a frame), transducers (letters with durations), and all others that
generate text. What transformers tells of them differs; all of them come out as `Reading`s.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.transcribers._stretches import Reading, Samples, spread, words_of
from assistant.transcribers.base import RATE, Word
from retrieval.catalogue import language_of
from retrieval.faults import InvalidInput
from retrieval.hosting.weights import Weights

_TOKENS_A_SECOND, _TOKENS_MORE = 12, 16
"""Tokens that a model may write for a second of speech, and beyond."""
_SYMBOLS_A_SECOND = 125
"""Blanks and letters that a transducer may write for a second of speech: ten a frame."""


@dataclass(frozen=True)
class Clip:
    """Stretches of one recording; mono at RATE."""

    stretches: tuple[Samples, ...]
    language: str
    """Code of the language; empty to be heard."""


Reader = Callable[[Sequence[Clip]], list[list[Reading]]]
"""Reads clips of one language together."""


def reader(weights: Weights, device: str, dtype: Any) -> Reader:
    """The model of `weights`, loaded, as a reader. Raises InvalidInput for a model that is no recogniser."""
    import transformers as tf
    from transformers.models.auto import modeling_auto as auto

    kind = str(weights.config().get("model_type", ""))
    families: tuple[tuple[Any, Any, Any], ...] = (
        (auto.MODEL_FOR_CTC_MAPPING_NAMES, tf.AutoModelForCTC, _Ctc),
        (auto.MODEL_FOR_TDT_MAPPING_NAMES | auto.MODEL_FOR_RNNT_MAPPING_NAMES, None, _Transducer),
        (auto.MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES, tf.AutoModelForSpeechSeq2Seq, _Written),
        (auto.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES, tf.AutoModelForMultimodalLM, _Written),
    )
    found = next(((loader, family) for names, loader, family in families if kind in names), None)
    if found is None:
        raise InvalidInput(
            f"{weights.source} ({kind or 'no config.json'}) is no recogniser of speech.",
            hint="Choose a Whisper, Parakeet or Qwen3-ASR model.",
        )
    loader, family = found
    if loader is None:
        loader = tf.AutoModelForTDT if kind in auto.MODEL_FOR_TDT_MAPPING_NAMES else tf.AutoModelForRNNT
    model = loader.from_pretrained(str(weights.path), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=dtype)
    processor = tf.AutoProcessor.from_pretrained(str(weights.path), local_files_only=True, trust_remote_code=False)
    if kind == "whisper":
        from assistant.transcribers._whisper_reading import WhisperReading

        family = WhisperReading
    made: Reader = family(model.to(device).eval(), processor)
    return made


class _Family(ABC):
    """One model with its processor."""

    def __init__(self, model: Any, processor: Any) -> None:
        self.model, self.processor = model, processor

    def __call__(self, clips: Sequence[Clip]) -> list[list[Reading]]:
        """The readings of each clip."""
        import torch

        every = [stretch for clip in clips for stretch in clip.stretches]
        with torch.inference_mode():
            readings = iter(self.read(every, clips[0].language))
        return [[next(readings) for _ in clip.stretches] for clip in clips]

    @abstractmethod
    def read(self, stretches: Sequence[Samples], language: str) -> list[Reading]:
        """One reading a stretch."""

    def inputs(self, stretches: Sequence[Samples]) -> Any:
        """What the model takes."""
        made = self.processor(list(stretches), sampling_rate=RATE, padding=True, return_tensors="pt")
        return self.on_device(made)

    def on_device(self, made: Any) -> Any:
        """Tensors where the model is; those of real numbers in its dtype."""
        for name, value in made.items():
            made[name] = value.to(self.model.device, self.model.dtype if value.is_floating_point() else value.dtype)
        return made


class _Ctc(_Family):
    """A distribution over letters for each frame; the letters that stay when repetitions and blanks are taken out."""

    def read(self, stretches: Sequence[Samples], language: str) -> list[Reading]:
        inputs = self.inputs(stretches)
        shares, ids = self.model(**inputs).logits.float().softmax(-1).max(-1)
        frame = max(map(len, stretches)) / RATE / ids.shape[1]
        readings = []
        for stretch, numbers, sure in zip(stretches, ids.tolist(), shares.tolist(), strict=True):
            frames = min(len(numbers), round(len(stretch) / RATE / frame))
            readings.append(self._reading(numbers[:frames], sure[:frames], frame, language))
        return readings

    def _reading(self, ids: list[int], sure: list[float], frame: float, language: str) -> Reading:
        """Words from frames: what the text gains with a frame, that frame wrote."""
        blank, pieces, before = self.processor.tokenizer.pad_token_id, [], ""
        for place, number in enumerate(ids):
            if number == blank or (place and ids[place - 1] == number):
                continue
            text = str(self.processor.tokenizer.decode(ids[: place + 1]))
            pieces.append(Word(word=text[len(before) :], start=place * frame, end=(place + 1) * frame, probability=sure[place]))
            before = text if not text.endswith("�") else before
        return _reading(words_of([p for p in pieces if p.word]), language)


class _Transducer(_Family):
    """Letters one after another, each with its first frame and its length."""

    def read(self, stretches: Sequence[Samples], language: str) -> list[Reading]:
        sure = Sureness()
        most = int(max(map(len, stretches)) / RATE * _SYMBOLS_A_SECOND) + _TOKENS_MORE
        made = self.model.generate(**self.inputs(stretches), logits_processor=[sure], return_dict_in_generate=True, max_new_tokens=most)
        _, timed = self.processor.decode(made.sequences, durations=made.durations, skip_special_tokens=True)
        rows = zip(stretches, made.sequences.tolist(), timed, sure.table(), strict=True)
        return [_reading(words_of(self._pieces(*row)), language) for row in rows]

    def _pieces(self, stretch: Samples, numbers: list[int], timed: list[dict[str, Any]], shares: list[float]) -> list[Word]:
        """What was written within the stretch: a row that has ended goes on writing until the last of its batch has."""
        skipped = {self.processor.tokenizer.pad_token_id, self.processor.blank_token_id}
        seconds = len(stretch) / RATE
        written = [place - 1 for place, number in enumerate(numbers) if place and number not in skipped]
        kept = [p for p in timed if p["token"] and p["start"] < seconds]
        counted = written[: len(kept)]
        mean = sum(shares[place] for place in counted) / len(counted) if counted else 0.0
        return [Word(word=p["token"], start=p["start"], end=min(p["end"], seconds), probability=mean) for p in kept]


class _Written(_Family):
    """Text that is generated, without times."""

    def read(self, stretches: Sequence[Samples], language: str) -> list[Reading]:
        inputs = self._request(stretches, language)
        sure = Sureness()
        longest = max(map(len, stretches)) / RATE
        made = self.model.generate(
            **inputs, logits_processor=[sure], max_new_tokens=int(longest * _TOKENS_A_SECOND) + _TOKENS_MORE, do_sample=False
        )
        new = made if self.model.config.is_encoder_decoder else made[:, inputs["input_ids"].shape[1] :]
        shares = sure.table()
        readings = []
        for row, (stretch, numbers) in enumerate(zip(stretches, new, strict=True)):
            text, heard = self._decoded(numbers)
            steps = [p for p in shares[row][: int((numbers != self.processor.tokenizer.pad_token_id).sum())] if p > 0]
            mean = sum(steps) / len(steps) if steps else 0.0
            readings.append(_reading(spread(text, len(stretch) / RATE, mean), language or heard))
        return readings

    def _request(self, stretches: Sequence[Samples], language: str) -> Any:
        ask = getattr(self.processor, "apply_transcription_request", None)
        if ask is None:
            return self.inputs(stretches)
        known = inspect.signature(ask).parameters
        said = next((name for name in ("language", "source_language") if name in known), "")
        try:
            return self.on_device(ask(audio=list(stretches), return_tensors="pt", **({said: language} if said and language else {})))
        except ValueError as error:
            raise InvalidInput(f"This recogniser refused the request: {error}", hint="Leave the language out.", param="language") from error

    def _decoded(self, numbers: Any) -> tuple[str, str]:
        """The text, and the language where the model says it."""
        if "return_format" not in inspect.signature(self.processor.decode).parameters:
            return str(self.processor.decode(numbers, skip_special_tokens=True)), ""
        parsed = self.processor.decode(numbers, return_format="parsed")
        if not isinstance(parsed, dict):
            return str(self.processor.decode(numbers, return_format="transcription_only")), ""
        from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

        return str(parsed.get("transcription") or ""), TO_LANGUAGE_CODE.get(str(parsed.get("language")).lower(), "")


class Sureness:
    """Stands last among the processors of logits and notes how likely the likeliest token of each step is."""

    def __init__(self) -> None:
        self._steps: list[Any] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """`scores` (batch, vocabulary), as they came."""
        self._steps.append(scores.float().softmax(-1).amax(-1))
        return scores

    def table(self) -> list[list[float]]:
        """Probabilities, a row for each of the batch."""
        import torch

        return torch.stack(self._steps, 1).tolist() if self._steps else []


def _reading(words: tuple[Word, ...], language: str) -> Reading:
    """A reading in the language that was asked for, or that its letters are of."""
    return Reading(words, language or language_of(" ".join(w.word for w in words)))
