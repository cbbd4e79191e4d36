"""What the README and the documents point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from processor.settings import Settings as Processor
from views_api.settings import Settings as Api

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(path for path in (ROOT / "docs").rglob("*.md")) + sorted(ROOT.glob("*.md")) + sorted((ROOT / "deploy").glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_make_target_that_the_readme_names_is_one() -> None:
    text, makefile = (ROOT / "README.md").read_text(encoding="utf-8"), (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`?make ([a-z]+)", text)) | {"down", "status", "check", "bench", "lock", "clean"}

    assert {target for target in named if f"\n{target}:" not in makefile} == set()


def test_every_setting_that_the_readme_names_is_read_by_a_process() -> None:
    named = set(re.findall(r"KPI_[A-Z_]+", (ROOT / "README.md").read_text(encoding="utf-8")))
    known = {f"KPI_{name.upper()}" for name in {*Processor.model_fields, *Api.model_fields}}

    assert named
    assert named - known == set()
