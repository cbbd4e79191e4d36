"""The tree of errors: who catches the root catches all of them."""

from __future__ import annotations

import pytest

from schemas.errors import KpiError, NotFound, Unavailable


@pytest.mark.parametrize("error", [Unavailable, NotFound])
def test_each_error_that_we_raise_is_a_kpi_error(error: type[Exception]) -> None:
    with pytest.raises(KpiError, match="the store is away"):
        raise error("the store is away")


def test_a_neighbour_that_is_away_is_not_a_thing_that_is_missing() -> None:
    assert not issubclass(Unavailable, NotFound)
    assert not issubclass(NotFound, Unavailable)
