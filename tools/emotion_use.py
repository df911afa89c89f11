"""A use of emotion analysis as the audit log knows it. Holds no content and no result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """One use of the analysers, or one that was refused."""

    owner: str
    why: str
    """`asked` (in a conversation), `tone` (to adapt the tone of an answer) or `request` (`POST /v1/emotion`)."""
    modalities: tuple[str, ...]
    """Of text, audio, image."""
    consent: bool
    deployment: str
    outcome: str = "allowed"
    """`allowed`, or the code of the refusal."""
