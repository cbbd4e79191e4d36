"""Which calls held the store up, and for how long? As its SLOWLOG has it: by its own clock, commands, not the waiting for their turn."""

from __future__ import annotations

from hashlib import sha1
from importlib.resources import files
from typing import Any, Final, NamedTuple

_KEPT: Final = 10_000
_SCRIPTS: Final = {
    sha1(script.read_bytes(), usedforsecurity=False).hexdigest(): script.name.removesuffix(".lua")
    for script in files("processor.store").iterdir()
    if script.name.endswith(".lua")
}
_NO_SLOTS: Final = b"\x9e\x90"
"""How the argument of `apply` begins if it moves no position: fourteen elements, the first of them empty."""


class Call(NamedTuple):
    name: str
    """The script, or a command that runs none."""
    milliseconds: float


def watch(store: Any, above: int) -> None:
    """From now on note what takes more than so many µs, and forget what was noted."""
    store.config_set("slowlog-log-slower-than", above)
    store.config_set("slowlog-max-len", _KEPT)
    store.slowlog_reset()


def calls(store: Any) -> list[Call]:
    """What was noted since, the longest first."""
    found = [Call(_named(call["command"]), call["duration"] / 1000) for call in store.slowlog_get(_KEPT)]
    return sorted(found, key=lambda call: call.milliseconds, reverse=True)


def longest(noted: list[Call]) -> str:
    """Of each script, the longest first."""
    of: dict[str, float] = {}
    for name, milliseconds in noted:
        of.setdefault(name, milliseconds)
    return ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in of.items())


def _named(command: bytes) -> str:
    word, *rest = command.split(b" ", 4)
    if word.upper() != b"EVALSHA":
        return word.decode().lower()
    script = _SCRIPTS.get(rest[0].decode(), "a reader's")
    if script != "apply":
        return script
    return "apply of a step" if rest[3].startswith(_NO_SLOTS) else "apply of a group"
