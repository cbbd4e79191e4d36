"""Whatever two texts say, a patch leads from the one to the other; and whoever reads a stream, however seldom, has the newest after each event."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import jsonpatch
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.answers import Stamp
from schemas.live import Patch
from views_api.live import mailbox as mailboxes
from views_api.live import patches
from views_api.live.mailbox import Frame, Mailbox
from views_api.live.patches import SHORT, patch

NAMES: Final = st.sampled_from(("a", "b", "a/b", "~", "~1", "", "0", "-", "tên", 'q"\\'))
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from((0.0, 1.0, 0.1, "", "x", "\u2028", "null")),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
LONG: Final = "x" * SHORT
"""So that what holds it is looked into."""
ROWS: Final = st.lists(st.fixed_dictionaries({"id": st.integers(0, 5), "n": st.integers(0, 2)}), max_size=8)
STAMP: Final = Stamp(
    as_of=None, lag_ms=None, revision="1-0", settled=True, state="live", definition_version=1, timezone="UTC", currency=None
)


def leads(before: Any, after: Any) -> bool:
    """Compared as text: `1`, `1.0` and `true` are equal in Python."""
    text = patch(msgspec.json.encode(before), msgspec.json.encode(after))
    msgspec.json.decode(b'{"view":"","from":"","to":"","patch":%b}' % text, type=Patch)
    return json.dumps(jsonpatch.apply_patch(before, json.loads(text)), sort_keys=True) == json.dumps(after, sort_keys=True)


@given(before=st.dictionaries(NAMES, VALUES, max_size=6), after=st.dictionaries(NAMES, VALUES, max_size=6))
def test_a_patch_leads_from_any_object_to_any_other(before: Any, after: Any) -> None:
    assert leads(before, after)
    assert leads({"long": LONG, **before}, {"long": LONG, **after})
    assert leads({"rows": [LONG, before, LONG]}, {"rows": [before, LONG, after]})


@given(before=ROWS, after=ROWS, rest=st.text(min_size=2000, max_size=2000))
def test_a_patch_leads_from_any_rows_to_any_others(before: Any, after: Any, rest: str) -> None:
    assert leads({"rows": before, "rest": rest}, {"rows": after, "rest": rest})


def changes(before: Any, after: Any) -> Any:
    return [(each["op"], each["path"]) for each in json.loads(patch(msgspec.json.encode(before), msgspec.json.encode(after)))]


def test_a_patch_names_what_changed_and_nothing_else() -> None:
    rows = [{"id": f"order-{n}", "status": "paid", "net": 100 * n, "code": None, "of": "x" * SHORT} for n in range(50)]
    refunded = {**rows[7], "status": "refunded"}
    totals = {"won": 1, "lost": None, "open": 3} | dict.fromkeys(map(str, range(SHORT)), 0)
    before = {"totals": totals, "items": rows, "by_currency": {"USD": {"net": 1}}}
    after = {
        "totals": totals | {"won": 2},
        "items": [{"id": "new"}, *rows[:7], refunded, *rows[8:-1]],
        "by_currency": {"USD": {"net": 1}, "VND": {"net": 5}},
    }

    assert changes(before, after) == [
        ("replace", "/totals/won"),
        ("remove", "/items/49"),
        ("replace", "/items/7/status"),
        ("add", "/items/0"),
        ("replace", "/by_currency"),
    ]
    assert changes(after, after) == []


def test_what_is_mostly_another_is_replaced_as_a_whole() -> None:
    before = {"row": dict.fromkeys("abcdef", 1), "rest": "x" * 1000}
    after = {"row": dict.fromkeys("abcdef", 2), "rest": "x" * 1000}

    assert changes(before, after) == [("replace", "/row")]


def frames(rng: Random, number: int) -> list[Frame]:
    """Of a view that changes at random: numbers, and rows that come, go and move. Some follow one another at the same revision."""
    found: list[Frame] = []
    totals = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 0)
    rows = [{"id": f"the row {n}", "n": 0} for n in range(30)]
    for n in range(number):
        totals |= {rng.choice([*totals]): rng.randrange(100)}
        rows = [{**row, "n": rng.randrange(9)} if rng.random() < 0.05 else row for row in rows if rng.random() > 0.03]
        for _ in range(rng.randrange(3)):
            rows.insert(rng.randrange(len(rows) + 1), {"id": f"the row {30 + rng.randrange(99)}", "n": 1})
        revision = f"{n - n % 3}-0"
        document = msgspec.json.encode({"view": "v", "totals": totals, "rows": rows, "stamp": {"revision": revision}})
        found.append(Frame.after(found[-1] if found else None, "v", document, msgspec.structs.replace(STAMP, revision=revision)))
    return found


async def read(mailbox: Mailbox, has: Any) -> tuple[Any, list[str]]:
    """What a reader has after all that is there, and the names of the events. A patch is only good for what it leads from."""
    names = []
    for text in (await mailbox.next()).decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in text.split("\n"))
        names.append(fields["event"])
        data = json.loads(fields["data"])
        match fields["event"]:
            case "snapshot":
                has = data
            case "patch":
                assert (has["stamp"]["revision"], fields["id"]) == (data["from"], data["to"])
                has = jsonpatch.apply_patch(has, data["patch"])
            case "reset":
                has = None
    return has, names


async def follows(seed: int) -> bool:
    """Whether readers who read now and then, and are reset now and then, always have the newest when they have read."""
    rng = Random(seed)
    readers: list[tuple[Mailbox, Any]] = [(Mailbox(), None) for _ in range(3)]
    for frame in frames(rng, 40):
        for n, (mailbox, has) in enumerate(readers):
            if rng.random() < 0.05:
                mailbox.reset("rebuilt")
            mailbox.put("v", frame)
            if rng.random() < (1.0, 0.6, 0.2)[n]:
                now, _ = await read(mailbox, has)
                readers[n] = mailbox, now
                if now != json.loads(frame.document):
                    return False
    return True


async def test_whoever_reads_has_the_newest_however_seldom_they_read() -> None:
    assert all([await follows(seed) for seed in range(30)])


FAULTS: Final[dict[str, Any]] = {
    "a patch goes to whoever missed the frame before": (
        Mailbox,
        "_told",
        lambda self, view, frame: frame.patch or frame.snapshot(),
    ),
    "a patch leads from the first frame": (
        mailboxes,
        "patch",
        lambda _, after, first=[]: patch(first[0] if first else first.append(after) or after, after),
    ),
    "what is gone is left": (patches, "_removing", lambda path: patches._replacing(path, b"null")),
    "rows are taken from the first on": (patches, "reversed", lambda rows: rows),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_this_fault_would_be_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, instead = FAULTS[fault]
    monkeypatch.setattr(owner, name, instead, raising=name != "reversed")

    async def noticed(seed: int) -> bool:
        try:
            return not await follows(seed)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, AssertionError, TypeError):  # it leads from something else
            return True

    assert any([await noticed(seed) for seed in range(5)])


async def test_the_first_event_is_a_snapshot_and_the_next_a_patch() -> None:
    one, two, three = frames(Random(0), 3)
    mailbox, names = Mailbox(), list[str]()
    for frame in (one, two):
        mailbox.put("v", frame)
        names += (await read(mailbox, json.loads(one.document)))[1]
    mailbox.reset("rebuilt")
    mailbox.put("v", three)

    assert names == ["snapshot", "patch"]
    assert (await read(mailbox, None))[1] == ["reset", "snapshot"]


async def test_what_is_no_shorter_than_all_of_it_is_not_sent_as_a_patch() -> None:
    one = Frame.after(None, "v", b'{"view":"v","rows":[1,2,3,4,5,6,7,8]}', STAMP)
    two = Frame.after(one, "v", b'{"view":"v","rows":[]}', STAMP)
    mailbox = Mailbox()
    for frame in (one, two):
        mailbox.put("v", frame)
        _, names = await read(mailbox, None)

    assert (two.patch, names) == (b"", ["snapshot"])


async def test_nothing_of_a_frame_is_kept_for_one_reader_alone() -> None:
    mailbox = Mailbox()
    for frame in frames(Random(1), 50):
        mailbox.put("v", frame)

    assert mailbox._frames == {"v": frame}
