"""What a process keeps of what it read: sums that follow the days, and never more than it may."""

from __future__ import annotations

import msgspec

from views_api.stored.kept import ALL, Answer, Day, Part, Shelf, nothing


def a_day(day: str, group: int = 0, **cells: int) -> Day:
    return Day(group, day, msgspec.Raw(msgspec.msgpack.encode([part for cell in cells.items() for part in cell])))


def a_part(*days: Day, groups: int = 1) -> Part:
    return nothing(groups).renewed(Answer(0, ALL, [*days]), "1-1")


def test_a_day_that_changed_takes_the_place_of_what_it_was() -> None:
    part = a_part(a_day("2026-11-01", a=1, b=2), a_day("2026-11-02", a=10))

    renewed = part.renewed(Answer(1, ALL, [a_day("2026-11-01", a=5)]), "1-2")

    assert (part.sums, renewed.sums) == ([{"a": 11, "b": 2}], [{"a": 15}])
    assert (renewed.revision, renewed.size < part.size) == ("1-2", True)


def test_a_day_without_cells_is_as_if_it_had_never_been() -> None:
    part = a_part(a_day("2026-11-01", a=1), a_day("2026-11-02", 1, b=1), groups=2)

    assert part.renewed(Answer(1, ALL, [a_day("2026-11-01")]), "1-2") == a_part(a_day("2026-11-02", 1, b=1), groups=2)._replace(
        revision="1-2"
    )


def test_what_cannot_be_vouched_for_is_forgotten() -> None:
    part = a_part(a_day("2026-11-01", a=1))

    assert part.renewed(Answer(0, ALL, [a_day("2026-11-02", b=1)]), "1-2").sums == [{"b": 1}]


def test_what_has_not_been_asked_for_longest_makes_room() -> None:
    part = a_part(a_day("2026-11-01", a=1))
    shelf = Shelf(2 * part.size)
    for question in (b"1", b"2", b"1", b"3"):
        shelf.put(question, part)

    assert [shelf.get(question) is part for question in (b"1", b"2", b"3")] == [True, False, True]


def test_what_is_larger_than_may_be_kept_is_not_kept() -> None:
    part = a_part(a_day("2026-11-01", a=1))
    shelf = Shelf(part.size - 1)
    shelf.put(b"1", part)

    assert shelf.get(b"1") is None
