"""Writes what only the user may read: whole or not at all, and never for a moment readable by others."""

from __future__ import annotations

from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """The file holds `text` afterwards. A start that is cut off, or a full disk, leaves what was there before: half a secret would never be drawn again."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(path)
