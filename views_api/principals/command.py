"""`python -m views_api keys …`: API keys for whoever may read the file of the settings, such as the first one, which no route can make."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable

from schemas.durations import DAY
from schemas.errors import NotFound
from views_api.principals.api_keys import ApiKeys, Author, Key
from views_api.scope import Right, rights_named
from views_api.views.stamps import instant


def declare(commands: argparse.ArgumentParser) -> None:
    """Name the commands and what they take."""
    found = commands.add_subparsers(dest="action", required=True)
    make = found.add_parser("make", help="make a key; its token is printed, once")
    make.add_argument("name", help="what it is for")
    make.add_argument("--rights", required=True, type=rights_named, help=f"with commas between: {', '.join(Right)}")
    make.add_argument("--staff", help="staff id whose campaigns it sees without view_all")
    make.add_argument("--days", type=int, default=90, help="for so long it is valid (90)")
    listed = found.add_parser("list", help="show all keys of a tenant")
    revoke = found.add_parser("revoke", help="end a key")
    revoke.add_argument("id")
    for command in (make, listed, revoke):
        command.add_argument("--tenant", default="default")


def run(keys: ApiKeys, chosen: argparse.Namespace, clock: Callable[[], int]) -> int:
    """Do what was chosen; 0 when it is done."""
    match chosen.action:
        case "make":
            key, token = keys.make(chosen.tenant, chosen.name, chosen.rights, chosen.staff, clock() + chosen.days * DAY, _author())
            sys.stderr.write(f"{_line(key)}\nThe token is shown this once:\n")
            sys.stdout.write(f"{token}\n")
        case "list":
            sys.stdout.writelines(f"{_line(key)}\n" for key in keys.of(chosen.tenant))
        case "revoke":
            try:
                keys.revoke(chosen.tenant, chosen.id, _author())
            except NotFound:
                sys.stderr.write(f"the tenant {chosen.tenant} has no key {chosen.id}\n")
                return 1
    return 0


def _author() -> Author:
    """Whoever the machine takes them for."""
    try:
        return Author(f"the command line of {getpass.getuser()}")
    except (OSError, KeyError):  # a container may have no name for its user
        return Author("the command line")


def _line(key: Key) -> str:
    end = f"revoked {instant(key.revoked_at)}" if key.revoked_at is not None else f"until {instant(key.expires_at)}"
    used = "never used" if key.used_at is None else f"used {instant(key.used_at)}"
    whose = f" as {key.staff}" if key.staff else ""
    return f"{key.id}  {key.name}{whose}  {','.join(sorted(key.rights))}  {end}, {used}"
