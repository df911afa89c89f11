"""Pronouncing: the sounds of an English word that no dictionary has, as eSpeak NG says it, in the recogniser's own letters."""

from __future__ import annotations

import re

from retrieval.faults import Fault, InvalidInput

_SOUNDS = {
    "tʃ": "CH", "dʒ": "JH", "eɪ": "EY", "aɪ": "AY", "ɔɪ": "OY", "oʊ": "OW", "əʊ": "OW", "aʊ": "AW", "iː": "IY", "uː": "UW",
    "ɑː": "AA", "ɔː": "AO", "ɜː": "ER", "oː": "AO", "aː": "AA", "əl": "AH L", "iə": "IY AH", "aɪə": "AY AH", "ɑːɹ": "AA R",
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z",
    "ʃ": "SH", "ʒ": "ZH", "h": "HH", "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɹ": "R", "r": "R", "w": "W", "j": "Y", "ɾ": "T", "ʔ": "T",
    "i": "IY", "ɪ": "IH", "e": "EH", "ɛ": "EH", "æ": "AE", "a": "AE", "ɐ": "AH", "ʌ": "AH", "ə": "AH", "ᵻ": "IH", "ɚ": "ER", "ɝ": "ER",
    "u": "UW", "ʊ": "UH", "o": "OW", "ɔ": "AO", "ɑ": "AA", "ɒ": "AA",
}  # fmt: skip
"""eSpeak's phonetic letters -> those of the CMU dictionary."""
_SOUND = re.compile("|".join(sorted(map(re.escape, _SOUNDS), key=len, reverse=True)))


def arpabet(word: str) -> str:
    """The sounds of `word`, such as `S N OW B OY`. Raises InvalidInput when nothing here can say how it is spoken."""
    from assistant.synthesizers.espeak import EspeakSynthesizer

    voice = EspeakSynthesizer()
    try:
        said = voice.phonemes(word, "en-us")
    except Fault as fault:
        raise InvalidInput(
            f"The word '{word}' is not in the dictionary of the recogniser.",
            hint="Choose common English words, such as: computer. With a voice (make install EXTRAS=voice) other words can be spelled out.",
            param="wake",
        ) from fault  # fmt: skip
    finally:
        voice.close()
    sounds = " ".join(_SOUNDS[found] for found in _SOUND.findall(said))
    if not sounds:
        raise InvalidInput(f"Nobody knows how '{word}' is spoken.", hint="Choose common English words, such as: computer.", param="wake")
    return sounds
