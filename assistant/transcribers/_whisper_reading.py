"""Whisper reading: clips read together by a Whisper of the transformers library, with its sense of language, of silence and of time."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from assistant.transcribers._families import Clip, Sureness
from assistant.transcribers._stretches import Reading, Samples, words_of
from assistant.transcribers.base import RATE, Word
from retrieval.faults import InvalidInput

_SILENCE = ("<|nospeech|>", "<|nocaptions|>")
"""What the token is called by which Whisper says that nobody speaks."""


class WhisperReading:
    """One model with its processor."""

    def __init__(self, model: Any, processor: Any) -> None:
        self._model, self._processor = model, processor
        self._settings = model.generation_config
        self._codes: dict[str, int] = {k[2:-2]: v for k, v in (getattr(self._settings, "lang_to_id", None) or {}).items()}
        known = processor.tokenizer.get_vocab()
        self._silence = next((known[name] for name in _SILENCE if name in known), None)

    def __call__(self, clips: Sequence[Clip]) -> list[list[Reading]]:
        """The readings of each clip."""
        import torch

        every = [stretch for clip in clips for stretch in clip.stretches]
        extracted = self._processor.feature_extractor(every, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
        device = self._model.device
        with torch.inference_mode(), warnings.catch_warnings():
            # The library repeats the tensor of lengths with numpy.
            warnings.filterwarnings("ignore", message="__array_wrap__ must accept", category=DeprecationWarning)
            seen = self._model.get_encoder()(extracted.input_features.to(device, self._model.dtype))
            begun = torch.full((len(every), 1), self._settings.decoder_start_token_id, device=device)
            first = self._model(encoder_outputs=seen, decoder_input_ids=begun).logits[:, -1].float()
            languages = self._languages(clips, first)
            silence = first.softmax(-1)[:, self._silence].tolist() if self._silence is not None else [0.0] * len(every)
            sure = Sureness()
            made = self._model.generate(
                encoder_outputs=seen, attention_mask=extracted.attention_mask.to(device), return_timestamps=False,
                return_token_timestamps=True, return_dict_in_generate=True, force_unique_generate_call=True, num_beams=1, do_sample=False,
                logits_processor=[sure], **({"language": languages, "task": "transcribe"} if self._codes else {}),
            )  # fmt: skip
        shares = sure.table()
        rows = zip(made["sequences"].tolist(), made["token_timestamps"].tolist(), shares, silence, languages, every, strict=True)
        readings = iter([self._reading(*row) for row in rows])
        return [[next(readings) for _ in clip.stretches] for clip in clips]

    def _languages(self, clips: Sequence[Clip], first: Any) -> list[str]:
        """A language for each stretch: the one asked for, else the one that the stretches of a clip are in together.

        Raises InvalidInput.
        """
        if not self._codes:
            return ["en"] * sum(len(clip.stretches) for clip in clips)
        names, found, row = list(self._codes), [], 0
        shares = first[:, [self._codes[name] for name in names]].softmax(-1)
        for clip in clips:
            if clip.language and clip.language not in self._codes:
                hint = f"It knows: {', '.join(names[:12])}."
                raise InvalidInput(f"This recogniser does not know the language '{clip.language}'.", hint=hint, param="language")
            count = len(clip.stretches)
            weights = shares.new_tensor([float(len(stretch)) for stretch in clip.stretches])
            heard = names[int((weights @ shares[row : row + count]).argmax())]
            found += [clip.language or heard] * count
            row += count
        return found

    def _reading(
        self, ids: list[int], starts: list[float], shares: list[float], silence: float, language: str, stretch: Samples
    ) -> Reading:
        """Words of the tokens that were written. `starts` are when tokens begin, in seconds."""
        tokenizer, last = self._processor.tokenizer, self._settings.eos_token_id
        special = set(tokenizer.all_special_ids)
        start = len(ids) - len(shares)
        pieces: list[Word] = []
        held: list[int] = []
        chances: list[float] = []
        for place in range(max(start, 0), len(ids)):
            if ids[place] == last:
                break
            chance = shares[place - start]
            chances.append(max(chance, 1e-9))
            if ids[place] in special:
                continue
            held.append(ids[place])
            text = tokenizer.decode(held)
            if "�" in text:  # part of a letter: the next token ends it
                continue
            whole = len(stretch) / RATE
            began = min(starts[place + 1 - len(held)], whole)
            until = min(starts[place + 1], whole) if place + 1 < len(starts) else whole
            pieces.append(Word(word=text, start=began, end=max(began, until), probability=chance))
            held = []
        mean = sum(map(math.log, chances)) / len(chances) if chances else 0.0
        return Reading(words_of(pieces), language, logprob=mean, silence=silence)
