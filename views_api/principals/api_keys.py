"""Who holds an API key? Keys are for programs: made once, shown once, kept as a hash, with rights of their own, an end, and the moment of their last use.

They are the only thing that the API keeps, in a file of its own (SQLite): the store can be emptied and rebuilt from Kafka at any time, and keys could not
(docs/decisions/0009). Each request looks into the file, so a key that is revoked, here or by another process, is over at once.

Who made one and who revoked it is written with the change itself, for the topic `audit`, into which the API carries it from here (`commands/key_audit.py`): a key can be
revoked while Kafka is away, and made where there is none.
"""

from __future__ import annotations

import secrets
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from schemas.errors import NotFound, Unavailable
from schemas.updates import Audit
from views_api.problems import Unauthorized
from views_api.scope import Right, Scope
from views_api.views.stamps import instant

FRONT: Final = "kpi_"
"""So that a key that was lost somewhere can be found, by people and by programs that look for such."""
_USED_MS: Final = 60_000
"""The last use is told no more exactly."""
_WAIT_S: Final = 1.0
_TABLES: Final = (
    """
CREATE TABLE IF NOT EXISTS keys (
  id TEXT PRIMARY KEY, hash BLOB NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL, rights TEXT NOT NULL, staff TEXT,
  created_by TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER, used_at INTEGER
) STRICT
""",
    "CREATE TABLE IF NOT EXISTS untold (number INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, audit BLOB NOT NULL) STRICT",
)
_COLUMNS: Final = "id, tenant, name, rights, staff, created_by, created_at, expires_at, revoked_at, used_at"
_NOBODYS: Final = sha256(b"").digest()


class Key(NamedTuple):
    """What may be shown of one. Instants in ms since 1970 UTC."""

    id: str
    """The part of the token that is no secret."""
    tenant: str
    name: str
    """What it is for."""
    rights: frozenset[Right]
    staff: str | None
    """Whose campaigns it sees without the right to all."""
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    used_at: int | None
    """To the minute; None: never yet."""


class Author(NamedTuple):
    """Who changes something of a key."""

    principal: str
    staff: str | None = None
    request: str = ""
    """Id of the request, if it is one."""


class Untold(NamedTuple):
    """What the topic `audit` has not been told yet, as far as this file knows."""

    number: int
    tenant: str
    audit: bytes
    """An `Audit` as JSON."""


class ApiKeys:
    def __init__(self, file: Path, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now. Raises `Unavailable` where the file cannot be opened or made."""
        self._clock = clock
        with _translated():
            file.touch(mode=0o600)
            self._file = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
            self._file.execute("PRAGMA journal_mode = WAL")  # who reads does not wait for who writes
            self._file.execute("PRAGMA synchronous = FULL")  # what was revoked stays revoked, whatever happens to the machine
            for table in _TABLES:
                self._file.execute(table)

    def close(self) -> None:
        self._file.close()

    def scope(self, token: str) -> Scope:
        """Raises `Unauthorized` for what is no key, or no longer."""
        identity, _, secret = token.removeprefix(FRONT).partition("_")
        now = self._clock()
        with _translated():
            row = self._file.execute(f"SELECT {_COLUMNS}, hash FROM keys WHERE id = ?", (identity,)).fetchone()  # noqa: S608
        hashed = row[-1] if row else _NOBODYS
        if not compare_digest(hashed, sha256(secret.encode()).digest()) or not row:
            raise Unauthorized
        key = _key(row[:-1])
        if key.revoked_at is not None or key.expires_at <= now:
            raise Unauthorized
        if key.used_at is None or now - key.used_at >= _USED_MS:
            self._used(key, now)
        return Scope(f"key {key.id}", key.tenant, key.rights, key.staff)

    def make(self, tenant: str, name: str, rights: Iterable[Right], staff: str | None, expires_at: int, author: Author) -> tuple[Key, str]:
        """A new key, and its token, which is known to nobody but who gets it now."""
        identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = Key(identity, tenant, name, frozenset(rights), staff, author.principal, self._clock(), expires_at, None, None)
        values = [*key[:3], " ".join(sorted(key.rights)), *key[4:], sha256(secret.encode()).digest()]
        with self._change():
            self._file.execute(f"INSERT INTO keys ({_COLUMNS}, hash) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
            self._audit(author, tenant, identity, "made", 1)
        return key, f"{FRONT}{identity}_{secret}"

    def of(self, tenant: str) -> list[Key]:
        """All that there ever were, oldest first."""
        with _translated():
            rows = self._file.execute(f"SELECT {_COLUMNS} FROM keys WHERE tenant = ? ORDER BY created_at, rowid", (tenant,))  # noqa: S608
            return [_key(row) for row in rows]

    def revoke(self, tenant: str, identity: str, author: Author) -> None:
        """From now on it opens nothing. Once more is harmless. Raises `NotFound`, also for another tenant's."""
        with self._change():
            which = (tenant, identity)
            there = self._file.execute("SELECT revoked_at FROM keys WHERE tenant = ? AND id = ?", which).fetchone()
            if not there:
                raise NotFound
            if there == (None,):
                self._file.execute("UPDATE keys SET revoked_at = ? WHERE tenant = ? AND id = ?", (self._clock(), *which))
                self._audit(author, tenant, identity, "revoked", 2)

    def untold(self) -> list[Untold]:
        """In their order; some of them."""
        with _translated():
            return [Untold(*row) for row in self._file.execute("SELECT number, tenant, audit FROM untold ORDER BY number LIMIT 100")]

    def told(self, number: int) -> None:
        with _translated():
            self._file.execute("DELETE FROM untold WHERE number = ?", (number,))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """All of it or nothing."""
        with _translated():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    def _audit(self, author: Author, tenant: str, identity: str, verb: str, version: int) -> None:
        audit = Audit(
            at=instant(self._clock()),
            principal=author.principal,
            staff=author.staff,
            tenant=tenant,
            action=f"key.{verb}",
            subject=identity,
            version=version,
            event=uuid.uuid4().hex,
            request=author.request,
        )
        self._file.execute("INSERT INTO untold (tenant, audit) VALUES (?, ?)", (tenant, msgspec.json.encode(audit)))

    def _used(self, key: Key, now: int) -> None:
        try:
            self._file.execute("PRAGMA synchronous = NORMAL")  # may be lost: whoever asks next does not wait for the disk
            self._file.execute("UPDATE keys SET used_at = max(coalesce(used_at, 0), ?) WHERE id = ?", (now, key.id))
        except sqlite3.OperationalError:
            pass  # busy for now, or only to be read: nobody is kept out for that
        finally:
            self._file.execute("PRAGMA synchronous = FULL")


def _key(row: tuple[Any, ...]) -> Key:
    identity, tenant, name, rights, *rest = row
    return Key(identity, tenant, name, _rights(rights), *rest)


@lru_cache
def _rights(text: str) -> frozenset[Right]:
    words = text.split()
    return frozenset(right for right in Right if right in words)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise Unavailable("the API keys cannot be read") from error
