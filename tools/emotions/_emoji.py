"""Emoji of feeling by Ekman's classes: the same in every language. Written by hand for this product."""

from __future__ import annotations

EMOJI: dict[str, str] = {
    "joy": "😀😁😂🤣😃😄😅😆😊😋😎😍🥰😘🙂🤗🤩😇🥳😸😺😻💕💖💗💙💚💛💜❤🧡🤍🎉🎊👍👏🙏✨🌞🌈💯🙌😌☺♥",
    "sadness": "😢😭😞😔😟🙁☹😥😿💔😩😫🥺😓😪🥀⛈",
    "anger": "😠😡🤬👿😤💢🖕👎",
    "fear": "😨😰😱😧😬🫣🙀👻",
    "disgust": "🤢🤮💩🤧🪳",
    "surprise": "😮😯😲🤯😳🤔❓❗⁉🫢",
}


def emoji(text: str) -> dict[str, int]:
    """How many emoji of each class the text has; classes without any are left out."""
    counts = {label: sum(text.count(sign) for sign in signs) for label, signs in EMOJI.items()}
    return {label: count for label, count in counts.items() if count}
