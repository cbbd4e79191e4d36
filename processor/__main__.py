"""`python -m processor`: a worker, until SIGTERM. `--check-settings` says what is wrong with the settings, and ends. `explain` says why a number is what it is."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Final

from processor import start

USAGE: Final = 2
"""Exit status when settings, the store or a topic must be set up differently: starting again would not help."""


def main() -> int:
    if sys.argv[1:2] == ["explain"]:
        from processor.explain import command  # noqa: PLC0415 - a worker needs none of it

        return command.run(sys.argv[2:])
    parser = argparse.ArgumentParser(
        prog="python -m processor",
        description="Counts what happens in the topics into the store. Settings: KPI_… in the environment.",
        epilog="`python -m processor explain --help`: why is a number what it is?",
    )
    parser.add_argument("--check-settings", action="store_true", help="say what is wrong with the settings, and end")
    arguments = parser.parse_args()
    with start.importing():
        from processor import settings  # noqa: PLC0415
    try:
        found = settings.read()
    except settings.Unusable as error:
        print(error, file=sys.stderr)  # noqa: T201 - told to whoever starts it, before there is a log
        return USAGE
    if arguments.check_settings:
        print("The settings are usable.")  # noqa: T201
        return 0
    with start.importing():
        from processor import wiring  # noqa: PLC0415 - fast, and not at all where the settings are wrong

    wiring.log_to_stderr(found.log_level)
    try:
        asyncio.run(wiring.work(found))
    except wiring.HOPELESS as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
