"""The commands behind `make demo`, `make up`, `make down` and the rest."""

from __future__ import annotations

import argparse
import sys

from deploy.local import background, issuer, jars, tools, watch
from deploy.local.console import Console
from deploy.local.page import Page
from deploy.local.trouble import LocalError
from views_api.scope import Right, rights_named


def main() -> int:
    """Run one command; 0 when it did what it was asked for."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in (
        ("demo", "in the foreground, with data"),
        ("up", "in the background, empty"),
        ("supervise", "what `up` leaves behind"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("--fresh", action="store_true", help="forget what it held")
    commands.add_parser("down", help="stop everything")
    commands.add_parser("status", help="what runs, and where")
    commands.add_parser("page", help="a script of the dashboard").add_argument("script", choices=("build", "check", "test"))
    token = commands.add_parser("token", help="a token for a member of staff, to see what they see")
    token.add_argument("staff", help="staff id")
    token.add_argument("--rights", default="view", type=rights_named, help=f"with commas between: {', '.join(Right)} (view)")
    token.add_argument("--tenant", default="default")
    token.add_argument("--hours", type=float, default=8)
    commands.add_parser("jars", help="write the checksums of Kafka's jars anew")
    for name, tool in tools.TOOLS.items():
        commands.add_parser(name, help=f"`python -m {' '.join(tool)}` about what runs here; all arguments are its own", add_help=False)
    chosen, its_own = parser.parse_known_args()
    if its_own and chosen.command not in tools.TOOLS:
        parser.error(f"unrecognized arguments: {' '.join(its_own)}")
    try:
        _run(chosen, its_own)
    except LocalError as error:
        print(f"\n{error}\n", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(chosen: argparse.Namespace, its_own: list[str]) -> None:
    match chosen.command:
        case "demo":
            watch.demo(fresh=chosen.fresh)
        case "up":
            background.up(fresh=chosen.fresh)
        case "supervise":
            watch.empty(fresh=chosen.fresh)
        case "down":
            background.down()
        case "status":
            background.status()
        case "page":
            page = Page(Console().say)
            if chosen.script == "build":
                page.build()
            else:
                print(page.run(chosen.script), end="")
        case "token":
            print(issuer.token(chosen.staff, chosen.rights, tenant=chosen.tenant, hours=chosen.hours))
        case "jars":
            jars.write_checksums(Console().say)
        case tool:
            tools.become(tool, its_own)


if __name__ == "__main__":
    sys.exit(main())
