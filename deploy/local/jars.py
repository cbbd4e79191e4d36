"""Kafka's jars: resolved and fetched by jgo from Maven Central or the mirror that Maven is told to use, each checked against `kafka.sha256`."""

from __future__ import annotations

import hashlib
import os
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.local.places import CACHE
from deploy.local.trouble import LocalError, need_room, with_retries

ENDPOINT: Final = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
"""Kafka, and the smallest thing that lets it write a log."""
CHECKSUMS: Final = Path(__file__).with_name("kafka.sha256")
"""`<sha256>  <file name>` per jar. After changing ENDPOINT: `python -m deploy.local jars` writes it anew; read the difference."""
TALK_EVERY: Final = 5.0


def class_path(say: Callable[[str], None]) -> str:
    """Java's class path for Kafka. The first time on a machine it takes a download of 45 MB, later 0.2 s. Raises LocalError."""
    known = _known()
    stamp = CACHE / "kafka-jars"
    if stamp.exists():
        listed = [Path(line) for line in stamp.read_text().splitlines()]
        if {jar.name for jar in listed} == known.keys() and all(jar.exists() for jar in listed):
            return os.pathsep.join(map(str, listed))
    need_room(CACHE, megabytes=200)
    jars = _fetch(say, total=len(known))
    if not _all_match(jars, known):
        jars = _fetch(say, total=len(known))  # what did not match is removed: fetched once more
        if not _all_match(jars, known):
            raise LocalError(
                "Kafka's jars do not match deploy/local/kafka.sha256, also not when fetched again: is a mirror serving other files?"
            )
    stamp.write_text("\n".join(map(str, jars)))
    return os.pathsep.join(map(str, jars))


def write_checksums(say: Callable[[str], None]) -> None:
    """Take what ENDPOINT resolves to now as right, and write it down."""
    jars = _fetch(say, total=0)
    CHECKSUMS.write_text("".join(f"{_sha256(jar)}  {jar.name}\n" for jar in sorted(jars, key=lambda jar: jar.name)))


def _known() -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in pairs}


def _fetch(say: Callable[[str], None], total: int) -> list[Path]:
    import jgo  # noqa: PLC0415  # half a second that only a machine without the jars has to wait
    from jgo.config import GlobalSettings  # noqa: PLC0415

    CACHE.mkdir(parents=True, exist_ok=True)
    store = Path(GlobalSettings.load().repo_cache)
    mirror = _maven_mirror()

    def build() -> list[Path]:
        environment = jgo.build(ENDPOINT, cache_dir=CACHE / "jgo", repositories={"central": mirror} if mirror else None)
        return [Path(jar) for jar in environment.all_jars]

    done = threading.Event()

    def talk() -> None:
        while not done.wait(TALK_EVERY):
            there = sum(1 for name in _known() if any(store.glob(f"**/{name}")))
            say(f"Kafka's jars from {mirror or 'Maven Central'}: {there} of {total} there")

    if total:
        threading.Thread(target=talk, daemon=True).start()
    try:
        return with_retries("Fetching Kafka's jars", build, say, wait=done.wait)
    finally:
        done.set()


def _all_match(jars: list[Path], known: dict[str, str]) -> bool:
    """Whether these are the jars that we know, byte for byte. One that differs is removed, here and from Maven's own store."""
    from jgo.config import GlobalSettings  # noqa: PLC0415

    if {jar.name for jar in jars} != known.keys():
        odd = {jar.name for jar in jars} ^ known.keys()
        raise LocalError(f"Kafka resolved to other jars than deploy/local/kafka.sha256 lists: {', '.join(sorted(odd))}")
    wrong = [jar for jar in jars if _sha256(jar) != known[jar.name]]
    for jar in wrong:
        jar.unlink()
        for copy in Path(GlobalSettings.load().repo_cache).glob(f"**/{jar.name}"):
            copy.unlink()
    return not wrong


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _maven_mirror() -> str | None:
    """The address of the mirror of Maven Central in Maven's own settings, which jgo does not read. Proxies come from the environment."""
    path = Path.home() / ".m2" / "settings.xml"
    if not path.exists():
        return None
    try:
        root = ET.parse(path).getroot()  # noqa: S314  # the user's own file
    except ET.ParseError as error:
        raise LocalError(f"{path} cannot be read: {error}") from error
    for mirror in root.iterfind(".//{*}mirror"):
        of = {part.strip() for part in mirror.findtext("{*}mirrorOf", "").split(",")}
        if of & {"*", "central", "external:*"} and "!central" not in of:
            return mirror.findtext("{*}url", "").strip() or None
    return None
