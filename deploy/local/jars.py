"""Kafka's jars: resolved and fetched by jgo from Maven Central or the mirror that Maven is told to use, each checked against `kafka.sha256`.

They lie in Maven's own store in the user's home, so that each checkout of a machine finds them there.
jgo writes a file in place: a download that was cut off leaves half of one, and a half description of a jar fails for ever. So a second try begins in
an empty store of our own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

from deploy.local.aside import Aside
from deploy.local.places import CACHE
from deploy.local.trouble import LocalError, need_room, with_retries

ENDPOINT: Final = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"
"""Kafka, and the smallest thing that lets it write a log."""
CHECKSUMS: Final = Path(__file__).with_name("kafka.sha256")
"""`<sha256>  <file name>` per jar. After changing ENDPOINT: `python -m deploy.local jars` writes it anew; read the difference."""
LANES: Final = 6
"""Downloads at a time: most jars are small, and most of their time is waiting for the answer to begin."""
TALK_EVERY: Final = 3.0


def class_path(say: Callable[[str], None]) -> str:
    """Java's class path for Kafka. The first time on a machine it takes a download of 45 MB, later nothing. Raises LocalError."""
    known = _known()
    stamp = CACHE / "kafka-jars"
    if stamp.exists():
        listed = [Path(line) for line in stamp.read_text().splitlines()]
        if {jar.name for jar in listed} == known.keys() and all(jar.exists() for jar in listed):
            return os.pathsep.join(map(str, listed))
    need_room(CACHE, megabytes=200)
    stores = chain([None], repeat(CACHE / "maven"))
    jars = with_retries("Fetching Kafka's jars", lambda: _checked(_fetch(say, next(stores)), known), say)
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.write_text("\n".join(map(str, jars)))
    return os.pathsep.join(map(str, jars))


def write_checksums(say: Callable[[str], None]) -> None:
    """Take what ENDPOINT resolves to now as right, and write it down."""
    CHECKSUMS.write_text("".join(f"{_sha256(jar)}  {jar.name}\n" for jar in sorted(_fetch(say), key=lambda jar: jar.name)))


def _known() -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in pairs}


def _fetch(say: Callable[[str], None], store: Path | None = None) -> list[Path]:
    """All jars, fetched where they are not there yet: in Maven's store (None), or in `store`, which is emptied before."""
    if store is not None:
        shutil.rmtree(store, ignore_errors=True)
    began = told = time.monotonic()
    resolved = Aside(lambda: _resolve(store))
    while resolved.is_alive():
        time.sleep(0.02)
        if time.monotonic() - told > TALK_EVERY:
            told = time.monotonic()
            say(f"Asking {_maven_mirror() or 'Maven Central'} which jars Kafka needs ({told - began:.0f} s)")
    artifacts = resolved.result()
    jars: list[Path] = []

    def fetch(some: list[Any]) -> None:
        jars.extend(artifact.resolve() for artifact in some)

    lanes = [Aside(lambda lane=lane: fetch(artifacts[lane::LANES])) for lane in range(LANES)]  # type: ignore[misc]
    while any(lane.is_alive() for lane in lanes):
        time.sleep(0.02)
        if time.monotonic() - told > TALK_EVERY:
            told = time.monotonic()
            say(f"Kafka's jars: {len(jars)} of {len(artifacts)} there ({told - began:.0f} s)")
    for lane in lanes:
        lane.result()
    return jars


def _resolve(store: Path | None) -> list[Any]:
    """The artifacts that ENDPOINT stands for, with all that they need to run."""
    from jgo.config import GlobalSettings  # noqa: PLC0415  # half a second that only a machine without the jars has to wait
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415
    from jgo.parse import Endpoint  # noqa: PLC0415

    context = MavenContext(
        repo_cache=store or GlobalSettings.load().repo_cache, remote_repos={"central": _maven_mirror() or MAVEN_CENTRAL_URL}
    )
    wanted = [context.create_dependency(replace(coordinate, scope="compile")) for coordinate in Endpoint.parse(ENDPOINT).coordinates]
    direct, indirect = context.resolver.resolve(wanted)
    return [dependency.artifact for dependency in (*direct, *indirect) if dependency.scope in {"compile", "runtime"}]


def _checked(jars: list[Path], known: dict[str, str]) -> list[Path]:
    """The same jars, if they are those that we know, byte for byte. One that differs is removed: cut off by an interrupted download, most likely."""
    if odd := {jar.name for jar in jars} ^ known.keys():
        raise LocalError(f"Kafka resolved to other jars than deploy/local/kafka.sha256 lists: {', '.join(sorted(odd))}")
    wrong = [jar for jar in jars if _sha256(jar) != known[jar.name]]
    for jar in wrong:
        jar.unlink()
    if wrong:
        raise OSError(f"not what deploy/local/kafka.sha256 says: {', '.join(jar.name for jar in wrong)}")
    return jars


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _maven_mirror() -> str | None:
    """The address of the mirror of Maven Central in Maven's own settings, which jgo does not read. Proxies come from the environment."""
    try:
        path = Path.home() / ".m2" / "settings.xml"
    except RuntimeError:  # a user whom the machine does not know, as in some containers
        return None
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
