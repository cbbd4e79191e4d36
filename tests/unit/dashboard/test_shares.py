"""The shares that are shown add up to 100.0 (D13), and with the largest remainder left out they would not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

from deploy.local.page import _node
from deploy.local.places import PAGE

SOURCE: Final = PAGE / "src" / "shares.ts"
REMAINDER: Final = "for (const { index } of byRemainder.slice(0, missing)) tenths[index] = (tenths[index] ?? 0) + 1;"
PARTS: Final = [[1, 1, 1], [725, 241, 318], [1, 2, 4, 8, 16, 32], [7] * 13]


def sums(source: str, folder: Path) -> list[float]:
    """Of the shares of `PARTS`, as this source has them; with one decimal, as they are shown."""
    (folder / "shares.ts").write_text(source, encoding="utf-8")
    asked = f'import {{ shares }} from "./shares.ts"; console.log(JSON.stringify({json.dumps(PARTS)}.map(shares)));'
    told = subprocess.run(
        [_node()[0], "--input-type=module", "--disable-warning=ExperimentalWarning", "-e", asked],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [round(sum(found), 1) for found in json.loads(told.stdout)]


def test_shown_shares_add_up_and_would_not_without_the_largest_remainder(tmp_path: Path) -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert REMAINDER in source

    assert sums(source, tmp_path) == [100.0] * len(PARTS)
    assert 100.0 not in sums(source.replace(REMAINDER, ""), tmp_path)
