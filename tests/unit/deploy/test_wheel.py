from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy.local.places import ROOT


@pytest.fixture(scope="module", name="names")
def _names(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("campaign_kpis-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_the_built_page_so_that_serving_needs_no_node(names: set[str], built_page: Path) -> None:
    page = {str(path.relative_to(ROOT)) for path in built_page.rglob("*") if path.is_file()}

    assert "views_api/dashboard/dist/index.html" in page
    assert page <= names


def test_the_wheel_carries_every_program_and_what_it_reads(names: set[str]) -> None:
    for top in ("schemas", "processor", "views_api", "deploy"):
        files = {path.relative_to(ROOT) for path in (ROOT / top).rglob("*") if path.is_file()}
        kept = {
            path for path in files if path.suffix in {".py", ".lua", ".sha256", ".gz"} and not path.is_relative_to("views_api/dashboard")
        }
        assert {str(path) for path in kept if "__pycache__" not in path.parts} <= names


def test_the_wheel_carries_nothing_that_only_builds_or_tests(names: set[str]) -> None:
    assert not [name for name in names if name.startswith("tests/") or "node_modules" in name or name.endswith((".ts", ".tsx"))]
