"""`assistant backup` and `restore`."""

import typer


def backup() -> None:
    """Backup."""


def restore() -> None:
    """Restore."""
