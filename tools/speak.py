"""speak: reads words aloud and shows the recording. Knows no voice."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from retrieval.catalogue import language_of
from tools.base import Tool, ToolContext, ToolResult
from tools.kit import Kit
from tools.phrasing import tell


class SpeakArguments(BaseModel):
    """What to say."""

    text: str = Field(min_length=1, max_length=4000, description="The words to read aloud.")
    language: Literal["", "en", "zh"] = Field(default="", description="en or zh; empty follows the words.")


class SpeakTool(Tool):
    """Text to speech."""

    name = "speak"
    description = "Read a text aloud: makes a recording of a voice saying it."
    arguments = SpeakArguments
    cost = "fast"
    effect = "makes"
    foreign = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: SpeakArguments, context: ToolContext) -> ToolResult:
        """A recording, stored and shown. Raises NotInstalled when no voice is there."""
        context.check()
        language = args.language or language_of(args.text)
        sound = self._kit.speak(args.text, language)
        file = self._kit.library.add_file(
            sound, context.owner, purpose="generated", metadata={"generated": True, "spoken": args.text[:500]}
        )
        shown = context.show(file.id, "audio", sound.media_type, args.text[:160])
        answer = tell(context.language, "speak.said", text=args.text[:200])
        return ToolResult(
            text=f"{answer} {shown.handle}", answer=answer, shown=(shown,),
            data={"file_id": file.id, "handle": shown.handle, "seconds": sound.seconds, "language": language},
        )  # fmt: skip


def create(kit: Kit) -> SpeakTool:
    """The tool."""
    return SpeakTool(kit)
