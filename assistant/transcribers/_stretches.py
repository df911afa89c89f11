"""Stretches: a recording read stretch by stretch of speech, and what no person can have said left out. Knows no model.

A recogniser that writes the likeliest words for any sound writes words for noise as well, and sometimes the same words without end. So only
stretches in which voice activity was found are read, and a reading counts when the model was not sure of silence, when its words fit into
the time they took, and without its loops. No list of phrases is used: what was said may be any of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.speech import speech_spans
from assistant.transcribers.base import RATE, Transcript, Word

Samples = NDArray[np.float32]
LONGEST = 28.0
"""Seconds of a stretch: below the 30 that Whisper reads at once."""
AT_ONCE = 4
"""Stretches of a recording that are read together; others may be read in between."""
SILENT, DOUBTFUL = 0.6, -1.0
"""Chance of silence, and mean log probability of the words, beyond which together a stretch holds no words; as Whisper's authors say."""
_DENSE = 2.4
"""Size of a text against its compressed size, beyond which it repeats itself (theirs as well)."""
_FASTEST = 32.0
"""Letters a second that nobody says."""
_TURNS, _REPEATED = 4, 8
"""Times in a row, and words in all, from which the same words are a loop: who says a number may say one digit four times."""
_LONGEST_LOOP = 12
"""Words of one turn of a loop."""
_UNSPACED = re.compile("[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3000-\\u30ff\\u3400-\\u9fff\\uf900-\\ufaff\\uff00-\\uffef]")
"""Letters of scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, kana, Han."""


@dataclass(frozen=True)
class Reading:
    """What a model read in one stretch."""

    words: tuple[Word, ...]
    """Times from the start of the stretch."""
    language: str
    logprob: float = 0.0
    """Mean natural log probability of its tokens; 0 where the model tells none."""
    silence: float = 0.0
    """The model's own chance that nobody speaks."""


Read = Callable[[Sequence[Samples], str], Sequence[Reading]]
"""Reads stretches of one recording in a language, or in the one it hears when that is empty."""


def transcribed(samples: Samples, language: str, read: Read) -> Transcript:
    """The words of a recording (mono, RATE), with times in it; none for silence and noise."""
    samples = np.ascontiguousarray(samples, np.float32).ravel()
    spans = speech_spans(samples, longest=LONGEST)
    heard = language.lower().partition("-")[0]
    words: list[Word] = []
    for first in range(0, len(spans), AT_ONCE):
        group = spans[first : first + AT_ONCE]
        for (start, end), reading in zip(group, read([samples[a:b] for a, b in group], heard), strict=True):
            said = believed(reading, (end - start) / RATE)
            words += [_moved(word, start / RATE, end / RATE) for word in said]
            heard = heard or (reading.language if said else "")
    return Transcript(
        text=written(words), language=heard or "en", words=tuple(words),
        confidence=round(sum(word.probability for word in words) / len(words), 4) if words else 0.0, seconds=len(samples) / RATE,
    )  # fmt: skip


def believed(reading: Reading, seconds: float) -> tuple[Word, ...]:
    """The words of a stretch that a person can have said."""
    if reading.silence > SILENT and reading.logprob < DOUBTFUL:
        return ()
    words = unlooped(reading.words)
    text = written(words)
    if len(text) > _FASTEST * seconds or _density(text) > _DENSE:
        return ()
    return words


def unlooped(words: Sequence[Word]) -> tuple[Word, ...]:
    """`words` where words that are said again and again without a break are there once."""
    kept: list[Word] = []
    names = [word.word.lower().strip(" .,!?。，！？") for word in words]
    place = 0
    while place < len(names):
        length, turns = _loop(names, place)
        kept += words[place : place + length]
        place += length * turns
    return tuple(kept)


def _loop(names: Sequence[str], place: int) -> tuple[int, int]:
    """(length, turns) of the loop that starts at `place`; (1, 1) when there is none."""
    for length in range(1, _LONGEST_LOOP + 1):
        turns = 1
        while names[place + turns * length : place + (turns + 1) * length] == names[place : place + length]:
            turns += 1
        if turns >= _TURNS and turns * length >= _REPEATED:
            return length, turns
    return 1, 1


def _density(text: str) -> float:
    data = text.encode("utf-8")
    return len(data) / len(zlib.compress(data)) if data else 0.0


def _moved(word: Word, start: float, end: float) -> Word:
    """The word at its time in the recording, within its stretch."""
    first, last = (round(min(max(start + at, start), end), 3) for at in (word.start, word.end))
    return Word(word=word.word, start=first, end=max(first, last), probability=round(min(1.0, max(0.0, word.probability)), 4))


def written(words: Sequence[Word]) -> str:
    """The words as a text: with blanks between them, except in scripts that have none."""
    text = ""
    for word in words:
        blank = text and not _UNSPACED.match(word.word) and not _UNSPACED.match(text[-1])
        text += f" {word.word}" if blank else word.word
    return text


def words_of(pieces: Sequence[Word]) -> tuple[Word, ...]:
    """Words from pieces of words with their times: a piece with a blank in front begins one, and so does a letter of an unspaced script."""
    words: list[list[Word]] = []
    for piece in pieces:
        bare = piece.word.strip()
        if words and bare and not piece.word[0].isspace() and not _UNSPACED.match(bare) and not _UNSPACED.search(words[-1][-1].word):
            words[-1].append(piece)
        elif bare and (not words or any(c.isalnum() for c in bare)):
            words.append([piece])
        elif bare:
            words[-1].append(piece)
    return tuple(
        Word(
            word="".join(p.word for p in parts).strip(), start=parts[0].start, end=max(p.end for p in parts),
            probability=sum(p.probability for p in parts) / len(parts),
        )
        for parts in words
    )  # fmt: skip


def spread(text: str, seconds: float, probability: float) -> tuple[Word, ...]:
    """The words of `text` over a stretch in proportion to their letters, for models that tell no times: an estimate."""
    parts = re.findall(rf"{_UNSPACED.pattern}|(?:(?!{_UNSPACED.pattern})\S)+", text)
    total, before, words = sum(map(len, parts)), 0, []
    for part in parts:
        start, before = before, before + len(part)
        words.append(Word(word=part, start=seconds * start / total, end=seconds * before / total, probability=probability))
    return tuple(words)
