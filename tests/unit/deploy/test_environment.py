"""What `make` does before anything is installed, as far as it can be told without installing."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import environment


@pytest.fixture(autouse=True, name="venv")
def _venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    venv = tmp_path / "a folder with blanks" / ".venv"
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    return venv


def test_what_pip_was_cut_off_from_installing_is_installed_again(venv: Path) -> None:
    whole, half = (venv / "lib" / "python3.11" / "site-packages" / f"{name}-1.0.dist-info" for name in ("whole", "half"))
    for installed in (whole, half):
        installed.mkdir(parents=True)
        (installed / "METADATA").touch()
    (whole / "INSTALLER").write_text("pip\n")

    environment._remove_halves()

    assert whole.exists()
    assert not half.exists()


def test_an_environment_is_known_again_in_a_path_with_blanks(venv: Path) -> None:
    python = venv / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '{environment._python_version()} {venv}'\n")
    python.chmod(0o755)

    assert environment._has_this_python()
