"""`python -m processor explain <campaign> <measure>`: the question as it is typed, the answer as it is printed. `explain --serve`: the same for the API.

Exit codes: 0 everything adds up, 1 something does not, 2 there is no such number.
"""

# ruff: noqa: T201 - it answers a person at a terminal

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from processor import settings
from processor.explain import Explanation, Question, Unanswerable, explain, printing
from processor.explain.events import Telling, events_of
from processor.neighbours import kinds_of, store_of
from processor.settings import Settings
from processor.store.port import Refused
from processor.stream.scan import scan
from schemas.cells import Basis
from schemas.errors import Unavailable

ADDS_UP, DOES_NOT, NO_ANSWER = 0, 1, 2
_MANY: Final = 20


def run(words: Sequence[str]) -> int:
    """Answer what is asked on the command line; the exit code."""
    try:
        if list(words) == ["--serve"]:
            return _serve(settings.read())
        arguments = _parser().parse_args(words)
        return asyncio.run(_answer(arguments, settings.read()))
    except (Unanswerable, Unavailable, Refused, settings.Unusable) as error:
        print(error, file=sys.stderr)
        return NO_ANSWER


def _serve(reached: Settings) -> int:
    from processor.explain import serving  # noqa: PLC0415 - who asks at a terminal needs no server

    logging.basicConfig(level=reached.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    serving.serve(reached)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m processor explain",
        description="Why is a number what it is? Its cells, their entities, what was decided, and the events.",
        epilog="`python -m processor explain --serve` answers the API's questions, until SIGTERM.",
    )
    parser.add_argument("campaign")
    parser.add_argument("measure", help="a name of schemas/kpis.py, such as orders or win_rate")
    parser.add_argument("--tenant", default="default")
    parser.add_argument("--day", help="YYYY-MM-DD in the campaign's zone; without it and --from, --to: all days")
    parser.add_argument("--from", dest="first", help="first day")
    parser.add_argument("--to", dest="last", help="last day, included")
    parser.add_argument("--basis", choices=[basis.value for basis in Basis], default=Basis.CREATED.value)
    parser.add_argument(
        "--dimension", action="append", default=[], metavar="NAME=VALUE", help="only this, such as staff=an or status=won; may be repeated"
    )
    parser.add_argument("--limit", type=int, default=_MANY, help=f"entities named per cell (default {_MANY})")
    parser.add_argument("--events", metavar="ID", help="of this entity alone: its decisions, and its events, found by reading all of Kafka")
    return parser


async def _answer(arguments: argparse.Namespace, reached: Settings) -> int:
    question = _question(arguments)
    found = await _explained(question, arguments, reached)
    if arguments.events is None:
        told: Iterable[str] = printing.lines(found)
    else:
        events = await _events(question, arguments.events, reached)
        if not events and not found.asked_for:
            raise Unanswerable(f"nothing was ever said of {arguments.events!r} that {question.measure} could be made of")
        told = chain(printing.of_entity(found, arguments.events), printing.of_events(events))
    for line in told:
        print(line)
    return ADDS_UP if found.agrees else DOES_NOT


async def _explained(question: Question, arguments: argparse.Namespace, reached: Settings) -> Explanation:
    store = store_of(reached)
    try:
        limit = sys.maxsize if arguments.events else max(0, arguments.limit)
        return await explain(store, question, limit=limit, entity=arguments.events)
    finally:
        await store.close()


async def _events(question: Question, entity: str, reached: Settings) -> list[Telling]:
    kinds = kinds_of(reached)
    told = await events_of(scan(reached.connection(), list(kinds), _progress), kinds, question, entity)
    print(file=sys.stderr)
    return told


def _progress(done: int, total: int) -> None:
    print(f"\rread {done:,} of {total:,} records", end="", file=sys.stderr, flush=True)


def _question(arguments: argparse.Namespace) -> Question:
    if arguments.day and (arguments.first or arguments.last):
        raise Unanswerable("give either --day or --from and --to, not both")
    dimensions = {}
    for said in arguments.dimension:
        name, equals, value = said.partition("=")
        if not equals:
            raise Unanswerable(f"--dimension is NAME=VALUE; {said!r} is not")
        dimensions[name] = value
    return Question(
        arguments.tenant,
        arguments.campaign,
        arguments.measure,
        Basis(arguments.basis),
        arguments.day or arguments.first,
        arguments.day or arguments.last,
        dimensions,
    )
