"""The recount is an oracle only as long as it shares nothing with what it checks."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
RECOUNT = ROOT / "processor" / "recount"
DRIVERS = {"aiokafka", "redis"}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_it_imports_nothing_of_ours_but_itself() -> None:
    names = {name for file in RECOUNT.glob("*.py") for name in imported(file)}

    ours = {name for name in names if not name.startswith("processor.recount")}
    assert {name.split(".")[0] for name in ours} <= sys.stdlib_module_names | DRIVERS


def test_only_what_reads_kafka_or_the_store_imports_a_driver() -> None:
    pure = [file for file in RECOUNT.glob("*.py") if file.name not in ("topics.py", "stored.py", "__main__.py")]

    assert len(pure) > 10
    assert not [(file.name, name) for file in pure for name in imported(file) if name.split(".")[0] in DRIVERS]


def test_nothing_in_the_product_imports_it() -> None:
    files = [
        file
        for part in ("schemas", "processor", "views_api", "deploy")
        for file in (ROOT / part).rglob("*.py")
        if RECOUNT not in file.parents
    ]

    assert len(files) > 20
    assert not [
        file for file in files if "node_modules" not in file.parts and any(name.startswith("processor.recount") for name in imported(file))
    ]
