"""`python -m schemas [DIR]` writes the contract of the source topics as JSON Schemas and an AsyncAPI 3.0 document (by default into schemas/documents)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from schemas.events.documents import asyncapi, json_schemas

DEFAULT_FOLDER: Final = Path(__file__).parent / "documents"


def texts() -> dict[str, str]:
    """File name -> what belongs in it."""
    documents: dict[str, dict[str, Any]] = {f"{name}.schema.json": schema for name, schema in json_schemas().items()}
    documents["asyncapi.json"] = asyncapi()
    return {name: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for name, document in documents.items()}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else DEFAULT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
