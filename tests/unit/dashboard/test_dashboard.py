from __future__ import annotations

import re

from deploy.local.page import Page


def test_the_tests_of_the_dashboard_itself_pass() -> None:
    """They are written in TypeScript beside its sources and run by Vitest; what fails is in the message."""
    said = Page(print).run("test")

    assert re.search(r"Tests\s+[1-9]\d* passed", said)
