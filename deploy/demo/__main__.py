"""`python -m deploy.demo --kafka HOST:PORT`: fills a running product with real data and a made-up sales organisation, then keeps it busy."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka.errors import KafkaError

from deploy.demo import completejourney, crm, story
from deploy.demo.recall import Memory, recall
from deploy.demo.send import Sender, say, wait_for_topics
from deploy.demo.world import World

EVENTS_PER_SECOND: Final = 20
_FAST: Final = 0.1


class Arguments(argparse.Namespace):
    kafka: str
    topic_prefix: str
    fast: bool
    go_on: bool


def main() -> int:
    """0: stopped by a signal, as it should be. 1: there is a history already, and nobody said what to do about it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--kafka", required=True, metavar="HOST:PORT", help="a Kafka that the processor reads from")
    parser.add_argument("--topic-prefix", default="", metavar="PREFIX", help="in front of each topic's name, as the processor has it")
    parser.add_argument("--fast", action="store_true", help="a tenth of the history, for tests and small machines")
    parser.add_argument(
        "--continue", dest="go_on", action="store_true", help="go on with what an earlier run has sent, if there is anything"
    )
    arguments = parser.parse_args(namespace=Arguments())
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what there is to wait for is said on stdout, once
    return asyncio.run(_until_signalled(arguments))


async def _until_signalled(arguments: Arguments) -> int:
    demo = asyncio.create_task(_demo(arguments))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, demo.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await demo
    return 0


async def _demo(arguments: Arguments) -> int:
    kafka, prefix = arguments.kafka, arguments.topic_prefix
    await wait_for_topics(kafka, prefix)
    memory = await recall(kafka, prefix)
    if memory.began and not arguments.go_on:
        print("The demo's events are in these topics already: add --continue, or start with an empty Kafka.", file=sys.stderr)
        return 1
    if memory.is_complete:
        say("replay", "an earlier run has sent the history")
        world = crm.resume(memory.things.values(), datetime.now(UTC))
    else:
        world = await _replay(arguments, memory)
    say("live", f"about {EVENTS_PER_SECOND} events a second")
    while True:
        try:
            async with Sender(kafka, prefix) as sender:
                await _live(sender, world)
        except KafkaError as error:
            say("wait", f"Kafka at {kafka} does not take events ({type(error).__name__}), trying again")
            await asyncio.sleep(1)


async def _replay(arguments: Arguments, memory: Memory) -> World:
    """History up to now. One that was cut short is sent again as it was: what had arrived is the same events once more, and counts once."""
    until = memory.began + timedelta(days=story.HISTORY_DAYS) if memory.began else datetime.now(UTC).replace(microsecond=0)
    scale = _FAST if arguments.fast else 1.0
    world = crm.begin(until, scale)
    async with Sender(arguments.kafka, arguments.topic_prefix) as sender:
        await sender.replay(completejourney.translate(completejourney.lines()), completejourney.EVENTS, "Complete Journey")
        await sender.replay(world.history(until - timedelta(seconds=1)), round(crm.EVENTS * scale), "a made-up sales organisation")
        await sender.send(world.history(until))
    return world


async def _live(sender: Sender, world: World) -> None:
    """For ever: the next thing that happens, and a short silence, as between calls at a switchboard."""
    while True:
        if told := world.play(datetime.now(UTC)):
            await sender.send(told)
            await asyncio.sleep(random.expovariate(EVENTS_PER_SECOND / len(told)))


if __name__ == "__main__":
    sys.exit(main())
