"""Options that several commands share, so that they are called and explained the same everywhere. Knows no command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Data directory. Default: the setting data_dir, else ./data.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Collections = Annotated[
    list[str] | None,
    typer.Option("--collection", "-c", help="Collection to use, by name or id; may be repeated. Default: default.", show_default=False),
]
Collection = Annotated[str, typer.Option("--collection", "-c", help="Collection, by name or id.")]
Language = Annotated[
    str, typer.Option("--language", help="Language of the answer: en or zh. Default: that of the question.", show_default=False)
]
Images = Annotated[list[Path] | None, typer.Option("--image", "-i", help="Attach a picture; may be repeated.", show_default=False)]
Audio = Annotated[Path | None, typer.Option("--audio", "-a", help="Attach a recording; alone it is the question.", show_default=False)]
Files = Annotated[list[Path] | None, typer.Option("--file", "-f", help="Attach a document; may be repeated.", show_default=False)]
Speak = Annotated[Path | None, typer.Option("--speak", help="Save the spoken answer as this WAV file.", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Save a made picture here. Default: ./NAME.png.", show_default=False)]
