"""`assistant chat`: a conversation in the terminal, kept by the service. Knows slash commands, not how a turn runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import Collections, DataDir, Language

if TYPE_CHECKING:
    from ui.cli.connection import Client

COMMANDS = ("/attach", "/collection", "/consent", "/help", "/history", "/new", "/quit")


def chat(
    collection: Collections = None,
    conversation: Annotated[str, typer.Option("--conversation", help="Go on with this conversation (conv_...).", show_default=False)] = "",
    language: Language = "",
    data_dir: DataDir = None,
) -> None:
    """Talk with the assistant; the conversation is kept and its tools are shown as they run.

    Commands: /attach FILE, /collection NAME, /consent on|off, /history, /new, /quit. Ctrl-C stops an answer, Ctrl-D leaves.

    Examples:

        assistant chat

        assistant chat --collection manuals

        printf 'what can you do?\\n/quit\\n' | assistant chat
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        talk = Talk(client, list(collection or []), language, conversation)
        if conversation:
            client.conversation(conversation)
        talk.complete()
        output.write(output.say(talk.words, "welcome"))
        while (line := talk.read()) is not None:
            if not line.strip():
                continue
            if not talk.take(line.strip()):
                return


@dataclass
class Talk:
    """One sitting: the conversation, and what waits to be sent."""

    client: Client
    collections: list[str]
    language: str
    conversation: str = ""
    consent: bool = False
    waiting: list[Path] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Language of the terminal's own words."""
        return self.language or "en"

    def complete(self) -> None:
        """Complete commands and paths with Tab, where the terminal can."""
        try:
            import readline
        except ImportError:
            return
        readline.set_completer(_Completer())
        readline.set_completer_delims(" \t\n")
        readline.parse_and_bind("tab: complete")

    def read(self) -> str | None:
        """The next line; None at the end of the input."""
        from ui.cli import output

        while True:
            try:
                return input("> ")
            except EOFError:
                return None
            except KeyboardInterrupt:
                output.write("")

    def take(self, line: str) -> bool:
        """Do what a line says; False when it means leaving. Faults are printed: a chat goes on."""
        from retrieval.faults import Fault
        from ui.chat.client import ApiFault
        from ui.cli import output

        try:
            if line.startswith("/"):
                return self._command(line)
            self._ask(line)
        except (Fault, ApiFault) as fault:
            output.show_fault(fault.message, fault.hint)
        except KeyboardInterrupt:
            output.write(f"\n{output.say(self.words, 'stopped')}")
        return True

    def _ask(self, line: str) -> None:
        from ui.cli import answering

        parts = answering.question_of(line, self.waiting)
        if not self.conversation:
            self.conversation = self.client.begin(self.collections, self.consent)
        metadata: dict[str, object] = {"consent": "true"} if self.consent else {}
        metadata |= {"collection": self.collections} if self.collections else {}
        metadata |= {"language": self.language} if self.language else {}
        answer = answering.run(
            self.client, parts, {"metadata": metadata} if metadata else {}, live=True, conversation=self.conversation
        )  # fmt: skip
        self.waiting.clear()
        answering.save_media(self.client, answer, None, None)
        answering.finish(answer)

    def _command(self, line: str) -> bool:
        from ui.cli import answering, output

        command, _, rest = line.partition(" ")
        rest = rest.strip()
        if command in ("/quit", "/exit"):
            return False
        if command == "/new":
            self.conversation = ""
            self.waiting.clear()
            output.write(output.say(self.words, "new_chat"))
        elif command == "/attach" and rest:
            for path in [Path(word).expanduser() for word in shlex.split(rest)]:
                answering.attach(path)
                self.waiting.append(path)
                output.write(output.say(self.words, "attached", name=path.name))
        elif command == "/collection" and rest:
            self.collections = [self.client.collection_id(rest)]
        elif command == "/consent" and rest in ("on", "off"):
            self.consent = rest == "on"
            if self.conversation:
                self.client.change(self.conversation, consent=self.consent)
            output.write(output.say(self.words, f"consent_{rest}"))
        elif command == "/history":
            self._history()
        elif command == "/help":
            output.write(output.say(self.words, "help"))
        else:
            output.write(output.say(self.words, "unknown", command=command))
        return True

    def _history(self) -> None:
        from ui.cli import output

        if not self.conversation:
            return
        for message in self.client.conversation(self.conversation).get("messages", []):
            mark = ">" if message.get("role") == "user" else " "
            output.write(f"{mark} {message.get('text', '')}")


class _Completer:
    """Commands at the start of a line, file names after `/attach`."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __call__(self, text: str, state: int) -> str | None:
        if state == 0:
            import glob

            if text.startswith("/") and not Path(text).parent.name:
                self._found = [command for command in COMMANDS if command.startswith(text)]
            else:
                self._found = sorted(glob.glob(glob.escape(text) + "*"))
        return self._found[state] if state < len(self._found) else None
