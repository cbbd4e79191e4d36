"""The report: Markdown, part by part, on stdout as soon as a part is done and in `.local/bench/report.md`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path


class Report:
    """Written anew after each part, so that what broke later does not take along what was measured before."""

    def __init__(self, path: Path, command: str, machine: Iterable[str]) -> None:
        self._path = path
        self._parts: list[str] = []
        lines = "\n".join(f"- {line}" for line in machine)
        self.write(f"# Benchmarks\n\n`{command}`, {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}\n\n{lines}\n")

    def add(self, title: str, *paragraphs: str) -> None:
        self.write(f"## {title}\n\n" + "\n\n".join(paragraphs) + "\n")

    def write(self, text: str) -> None:
        self._parts.append(text)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("\n".join(self._parts), encoding="utf-8")
        print(text, flush=True)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column reads from the left, figures from the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, marks, *rows))
