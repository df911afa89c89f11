"""`assistant ask` and `assistant route`: one turn from the command line. Knows the options, not how a turn runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ui.cli.options import Audio, Collections, DataDir, Files, Images, Json, Language, Out, Speak

Question = Annotated[str, typer.Argument(help="The question; - reads it from standard input.", show_default=False)]


def words_of(question: str) -> str:
    """The question, read from standard input for `-`."""
    return sys.stdin.read() if question == "-" else question


def ask(
    question: Question = "",
    image: Images = None,
    audio: Audio = None,
    file: Files = None,
    collection: Collections = None,
    consent: Annotated[bool, typer.Option("--consent", help="Allow emotion analysis of this question and what is attached.")] = False,
    speak: Speak = None,
    out: Out = None,
    language: Language = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Ask one question and print the answer with its sources.

    Numbers like [1] in the answer lead to the list of sources below it.

    Examples:

        assistant ask "What does the warranty cover?"

        assistant ask --image photo.jpg "What does the sign say?"

        assistant ask --file contract.pdf "When does it end?"

        assistant ask --audio question.wav --json

        assistant ask "Draw a blue dog" --out dog.png
    """
    from ui.cli import answering, output
    from ui.cli.connection import connected

    files = [*(image or []), *([audio] if audio else []), *(file or [])]
    parts = answering.question_of(words_of(question), files)
    metadata: dict[str, object] = {"collection": collection} if collection else {}
    metadata |= {"consent": "true"} if consent else {}
    metadata |= {"language": language} if language else {}
    options: dict[str, object] = {"metadata": metadata} if metadata else {}
    options |= {"modalities": ["text", "audio"]} if speak else {}
    with connected(data_dir) as client:
        answer = answering.run(client, parts, options, live=not json)
        answering.save_media(client, answer, out, speak)
        if json:
            output.show_json(answer.to_dict())
        else:
            answering.finish(answer)


def route(question: Question = "", image: Images = None, json: Json = False, data_dir: DataDir = None) -> None:
    """Show which tools would run for a turn, without running any.

    Examples:

        assistant route "find a red jacket and tell me what it costs"

        assistant route --image photo.jpg "what is this?" --json
    """
    from ui.cli import answering, output
    from ui.cli.connection import connected

    parts = answering.question_of(words_of(question), image or [])
    with connected(data_dir) as client:
        found = client.post("/v1/route", {"input": parts})
    if json:
        output.show_json(found)
        return
    rows = [[str(c["tool"]), f"{float(c['score']):.2f}", str(c.get("cost", "")), str(c.get("reason", ""))] for c in found["route"]]
    output.table(["tool", "score", "cost", "reason"], rows)
    plan = " -> ".join(str(tool) for tool in found["plan"])
    output.write(f"plan: {plan or 'no tool'}")
