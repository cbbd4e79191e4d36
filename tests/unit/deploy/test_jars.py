from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.trouble import LocalError


def _jar(folder: Path, content: bytes) -> Path:
    path = folder / "kafka.jar"
    path.write_bytes(content)
    return path


def _known(content: bytes) -> dict[str, str]:
    return {"kafka.jar": hashlib.sha256(content).hexdigest()}


def test_a_jar_that_was_cut_off_is_removed_and_asked_for_again(tmp_path: Path) -> None:
    jar = _jar(tmp_path, b"half of ")

    with pytest.raises(OSError, match=r"kafka\.jar"):
        jars._checked([jar], _known(b"half of a jar"))
    assert not jar.exists()


def test_a_jar_that_nobody_expected_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.jar"
    other.write_bytes(b"")

    with pytest.raises(LocalError, match=r"other\.jar"):
        jars._checked([_jar(tmp_path, b"a"), other], _known(b"a"))


def test_the_jars_that_are_expected_are_taken(tmp_path: Path) -> None:
    jar = _jar(tmp_path, b"a")

    assert jars._checked([jar], _known(b"a")) == [jar]


def test_a_checksum_is_known_for_kafka_itself() -> None:
    version = jars.ENDPOINT.split("+")[0].rpartition(":")[2]

    assert f"kafka_2.13-{version}.jar" in jars._known()


SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0"><mirrors>
<mirror><id>other</id><mirrorOf>snapshots</mirrorOf><url>https://other.example/maven</url></mirror>
<mirror><id>ours</id><mirrorOf>{of}</mirrorOf><url>https://mirror.example/maven</url></mirror>
</mirrors></settings>"""


@pytest.mark.parametrize(("of", "used"), [("central", True), ("*", True), ("external:*", True), ("*,!central", False), ("releases", False)])
def test_the_mirror_of_mavens_settings_is_used(of: str, *, used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(SETTINGS.format(of=of))

    assert jars._maven_mirror() == ("https://mirror.example/maven" if used else None)


def test_no_settings_no_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert jars._maven_mirror() is None


def test_a_user_without_a_home_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)

    assert jars._maven_mirror() is None
