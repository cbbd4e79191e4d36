from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from deploy.local.places import ROOT

LOCKS = ("requirements.lock", "requirements.runtime.lock")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _pins(lock: str) -> dict[str, list[Requirement]]:
    """Name -> what it is pinned to; more than one where Pythons or systems differ."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if re.match(r"[a-z0-9]", line):
            requirement = Requirement(line.rstrip("\\ "))
            found.setdefault(requirement.name, []).append(requirement)
    return found


def _name(requirement: Requirement) -> str:
    return re.sub(r"[-_.]+", "-", requirement.name).lower()


def _version(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_pinned_packages_and_their_hashes(lock: str) -> None:
    """No address of an index, no local path, no option: pip takes those from the machine where it runs."""
    for line in (ROOT / lock).read_text().splitlines():
        assert re.fullmatch(r"#.*|[a-z0-9][a-z0-9-]*==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
        assert "://" not in line


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.runtime.lock", PROJECT["dependencies"]),
        ("requirements.lock", [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    """Fails when pyproject.toml was changed without `make lock`."""
    pins = _pins(lock)

    for requirement in map(Requirement, wanted):
        assert any(_version(pin) in requirement.specifier for pin in pins.get(_name(requirement), ())), requirement


def test_the_image_gets_the_versions_that_were_tested() -> None:
    all_of_it = {str(pin) for pins in _pins("requirements.lock").values() for pin in pins}

    assert {str(pin) for pins in _pins("requirements.runtime.lock").values() for pin in pins} <= all_of_it


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_there_is_one_version_of_each_package_for_each_python_and_system(python: str, system: str) -> None:
    there = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system}  # the rest as here

    for name, pins in _pins("requirements.lock").items():
        fitting = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(there)]
        assert len(fitting) <= 1, name
        assert fitting or "win32" in str(pins[0].marker), name
