"""The page writes amounts with the decimals that they were counted with."""

from __future__ import annotations

import re

from deploy.local.places import PAGE
from schemas.events import CURRENCIES


def test_the_page_knows_the_minor_unit_of_each_currency() -> None:
    formats = (PAGE / "src" / "formats.ts").read_text(encoding="utf-8")
    page = {code: int(count) for count, codes in re.findall(r'digits\((\d), "([A-Z ]+)"\)', formats) for code in codes.split()}

    assert page == {code: decimals for code, decimals in CURRENCIES.items() if decimals != 2}
