"""`python -m schemas [DIR]` writes the contract of the source topics as JSON Schemas and an AsyncAPI 3.0 document (by default into schemas/documents)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from schemas.events.documents import asyncapi, json_schemas

DEFAULT_FOLDER: Final = Path(__file__).parent / "documents"


def texts() -> dict[str, str]:
    """File name -> what belongs in it."""
    documents: dict[str, dict[str, Any]] = {f"{name}.schema.json": schema for name, schema in json_schemas().items()}
    documents["asyncapi.json"] = asyncapi()
    return {name: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for name, document in documents.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m schemas", description="Writes the contract of the topics: JSON Schemas, and an AsyncAPI document."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=DEFAULT_FOLDER, help="where to; made if it is not there (default: schemas/documents)"
    )
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
