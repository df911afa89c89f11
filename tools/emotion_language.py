"""Which language a text is in, as far as it decides whether feelings can be read from it. Knows scripts and the commonest small words.

It errs on the side of English: only a text that shows another language is called so.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SCRIPTS = {
    "CYRILLIC": "ru", "ARABIC": "ar", "HEBREW": "he", "GREEK": "el", "DEVANAGARI": "hi", "THAI": "th", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "CJK": "zh",
}  # fmt: skip
_WORDS = {
    "en": "the of and to in is it that was for on are with as i his they at be this have from or had by but not what all were we when "
          "your can said there use an each which she do how their if will up other about out many then them these so some her would "
          "my me am you he no just really very been has who did don't i'm it's more than because love hate feel",
    "de": "der die das und ist nicht ich du er sie es wir ihr ein eine einen dem den des mit auf für von zu sich auch sehr so wie aber "
          "oder wenn bin bist sind war habe hat haben mir mich dich dir heute kein keine noch nur schon mein meine dein was wer",
    "fr": "le la les un une des et est je tu il elle nous vous ils pas ne que qui dans pour sur avec au aux ce cette mon ma mes ton ta "
          "suis es sont très mais ou où si c'est j'ai du de en plus bien tout",
    "es": "el la los las un una y es yo tú él ella nosotros no que en de del por para con se su mi mis tu muy pero como más estoy está "
          "son soy eres lo le me te al esto hoy siempre nunca qué porque",
    "it": "il lo la gli le un una e è io tu lui lei noi non che in di del della per con si mio mia tuo molto ma come più sono sei oggi "
          "sempre mai perché questo questa anche ho hai ha",
    "pt": "o a os as um uma e é eu tu ele ela nós não que em de do da por para com se meu minha muito mas como mais estou está são você "
          "hoje sempre nunca isso porque",
    "nl": "de het een en is niet ik jij hij zij wij dat die in op van voor met zich ook zeer zo maar of als ben bent zijn was heb heeft "
          "mij me je heel vandaag geen nog mijn wat wie",
}  # fmt: skip
_OF = {name: frozenset(words.split()) for name, words in _WORDS.items()}


def language_in(text: str) -> str:
    """Two letters of the language; `en` where nothing speaks against it, empty for a text without letters."""
    letters = [c for c in text[:4000] if c.isalpha()]
    if not letters:
        return ""
    scripts = Counter(_script(c) for c in letters)
    if scripts["ja"] >= 2:  # Japanese mixes its own letters with Chinese ones
        return "ja"
    script, count = scripts.most_common(1)[0]
    if script and count >= 0.3 * len(letters):
        return script
    return _latin(text[:4000].lower().replace("’", "'"))


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return _SCRIPTS.get(name, "")


def _latin(text: str) -> str:
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)
    counts = {name: sum(word in words for word in found) for name, words in _OF.items()}
    best = max(counts, key=lambda name: (counts[name], name == "en"))
    return best if best != "en" and counts[best] >= 2 and counts[best] >= 2 * counts["en"] + 1 else "en"
