"""Who gets what from which route: every operation of the OpenAPI document x every role x {own, foreign, absent}. A route that nobody classified fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from schemas.durations import DAY
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import NOON
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right
from views_api.settings import Settings

OF_A_CAMPAIGN, OF_ALL_ROWS, OF_ALL, OF_NOBODY, OF_ADMINS, PUBLIC = (
    "of a campaign",
    "of everybody in a campaign",
    "of all that one sees",
    "of nobody",
    "of admins",
    "public",
)
CHANGES_ONE, CHANGES = "changes what is of a campaign", "changes something"
ROUTES: Final = {
    "get /v1/campaigns": OF_ALL,
    "get /v1/overview": OF_ALL,
    "get /v1/stream": OF_ALL,
    "get /v1/campaigns/{campaign}/overview": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/staff": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/customers": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/opportunities": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/leaderboard": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/messages": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/orders": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/quiet": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/series": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/stream": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/explain": OF_ALL_ROWS,
    "get /v1/campaigns/{campaign}": OF_A_CAMPAIGN,
    "get /v1/campaigns/{campaign}/targets": OF_A_CAMPAIGN,
    "get /v1/targets/{target}": OF_A_CAMPAIGN,
    "get /v1/targets": OF_ALL,
    "post /v1/campaigns": CHANGES,
    "put /v1/campaigns/{campaign}": CHANGES_ONE,
    "delete /v1/campaigns/{campaign}": CHANGES_ONE,
    "post /v1/campaigns/{campaign}/copy": CHANGES_ONE,
    "post /v1/campaigns/{campaign}/restore": CHANGES_ONE,
    "post /v1/targets": CHANGES_ONE,
    "put /v1/targets/{target}": CHANGES_ONE,
    "delete /v1/targets/{target}": CHANGES_ONE,
    "get /v1/settings": OF_NOBODY,
    "put /v1/settings": OF_ADMINS,
    "get /v1/kpis": OF_NOBODY,
    "get /v1/keys": OF_ADMINS,
    "post /v1/keys": OF_ADMINS,
    "delete /v1/keys/{key}": OF_ADMINS,
    "get /v1/session": OF_NOBODY,
    "post /v1/session": OF_NOBODY,
    "delete /v1/session": PUBLIC,
    "get /healthz": PUBLIC,
    "get /readyz": PUBLIC,
    "get /metrics": PUBLIC,
}
"""Whose data an operation shows. A new route belongs here before it may exist."""
QUERIES: Final = {f"get /v1/campaigns/{{campaign}}/{resource}": {"measure": "won"} for resource in ("series", "explain")}
AWAY: Final = {"get /v1/campaigns/{campaign}/explain"}
"""What another process would answer, which does not run here: 503 for whoever is let in."""
DONE: Final = {"get": 200, "post": 201, "delete": 204, "put": 202}
TAKEN: Final = 202
_CAMPAIGN: Final = {"name": "a", "status": "active", "participant_ids": [], "steps": [], "promo_codes": []}
BODIES: Final[dict[str, Any]] = {
    "post /v1/campaigns": _CAMPAIGN,
    "put /v1/campaigns/{campaign}": _CAMPAIGN,
    "post /v1/campaigns/{campaign}/copy": {},
    "put /v1/settings": {},
}


class Role(NamedTuple):
    rights: frozenset[Right] | None
    """None: the token is none (any more)."""
    tenant: str
    staff: str | None
    own: str | None
    """A campaign that is seen, and the only one of the store for all but those who see all."""
    foreign: str


def a_role(*rights: Right, own: str | None, foreign: str, staff: str | None = None, tenant: str = "default") -> Role:
    return Role(frozenset(rights), tenant, staff, own, foreign)


V, ALL = Right.VIEW, Right.VIEW_ALL
NOT_LET_IN: Final = Role(None, "default", None, None, "c")
ROLES: Final = {
    "anonymous": NOT_LET_IN,
    "expired": NOT_LET_IN,
    "revoked": NOT_LET_IN,
    "without view": a_role(ALL, Right.ADMIN, Right.MONEY, own=None, foreign="c"),
    "participant": a_role(V, own="c", foreign="x", staff="an"),
    "manager": a_role(V, Right.MONEY, own="c", foreign="x", staff="chi"),
    "of no campaign": a_role(V, Right.MONEY, own=None, foreign="c", staff="nobody"),
    "service": a_role(V, own=None, foreign="c"),
    "view all": a_role(V, ALL, own="x", foreign="a"),
    "editor": a_role(V, ALL, Right.WRITE, Right.EXPORT, Right.ALERT_ADMIN, own="c", foreign="a"),
    "admin of one campaign": a_role(V, Right.ADMIN, own="c", foreign="x", staff="an"),
    "everything": a_role(*Right, own="x", foreign="a"),
    "everything in another tenant": a_role(*Right, own="a", foreign="c", tenant="acme"),
}


@pytest.fixture(name="settings")
def _settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"keys": tmp_path / "keys.db", "streams": 100})


class Caller(NamedTuple):
    role: Role
    client: httpx.AsyncClient
    headers: dict[str, str]
    keys: dict[str, str]
    """Target -> id of an API key: of the own tenant, of another one, of none."""

    async def status(self, operation: str, target: str) -> tuple[int, bytes, httpx.Headers]:
        """What an operation answers for `own`, `foreign` or `absent`; of a stream only its beginning."""
        method, path = operation.split()
        campaign = {"own": self.role.own or "c", "foreign": self.role.foreign, "absent": "nope"}[target]
        path = path.replace("{campaign}", campaign).replace("{key}", self.keys[target]).replace("{target}", f"of {campaign}")
        headers = self.headers | {"If-Match": '"none"' if "settings" in path else '"1"'}
        async with self.client.stream(
            method.upper(), path, params=QUERIES.get(operation), headers=headers, json=self._body(operation, campaign)
        ) as answer:
            streamed = answer.headers.get("content-type", "").startswith("text/event-stream")
            # Who is told that it has been changed since was let in: another operation of this test has changed it.
            status = TAKEN if answer.status_code == 412 else answer.status_code
            return status, b"" if streamed else await answer.aread(), answer.headers

    def _body(self, operation: str, campaign: str) -> Any:
        if operation == "post /v1/keys":
            return {"name": "a", "rights": ["view"], "staff": self.role.staff}
        if operation in ("post /v1/targets", "put /v1/targets/{target}"):
            return {"measure": "won", "campaign_id": campaign, "from": "2026-11-01", "to": "2026-11-30", "value": 1}
        return BODIES.get(operation)


@pytest.fixture(name="caller")
async def _caller(address: str, numbers: Numbers, settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    for identity, tenant, people in (("c", "default", ["an"]), ("x", "default", ["binh"]), ("a", "acme", ["an", "chi"])):
        row = a_campaign(identity, name=f"name of {identity}!", participant_ids=people, manager_id="chi" if identity == "c" else None)
        numbers.campaign(row, tenant)
        numbers.definition(identity, tenant, name=f"name of {identity}!")
        numbers.target(f"of {identity}", tenant, measure="won", campaign_id=identity, from_day="2026-11-01", to_day="2026-11-30", value=1)
    assert settings.keys
    now, role = NOON, ROLES[request.param]
    keys = ApiKeys(settings.keys, lambda: now)
    rights = frozenset(Right) if role.rights is None else role.rights
    key, token = keys.make(
        role.tenant, "of the role", rights, role.staff, NOON + (0 if request.param == "expired" else DAY), Author("a test")
    )
    if request.param == "revoked":
        keys.revoke(role.tenant, key.id, Author("a test"))
    others = {
        "own": keys.make(role.tenant, "own", {V}, None, NOON + DAY, Author("a test"))[0].id,
        "foreign": keys.make("acme" if role.tenant == "default" else "default", "foreign", {V}, None, NOON + DAY, Author("a test"))[0].id,
        "absent": "nope",
    }
    headers = {} if request.param == "anonymous" else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        yield Caller(role, client, headers, others)
    keys.close()


def expected(operation: str, role: Role, target: str) -> int:
    kind, done = ROUTES[operation], 503 if operation in AWAY else DONE[operation.split(maxsplit=1)[0]]
    if kind == PUBLIC:
        return done
    if role.rights is None:
        return 401
    if V not in role.rights or (kind == OF_ADMINS and Right.ADMIN not in role.rights):
        return 403
    if kind in (CHANGES, CHANGES_ONE) and Right.WRITE not in role.rights:
        return 403
    of_a_campaign = kind in (OF_A_CAMPAIGN, OF_ALL_ROWS, CHANGES_ONE)
    if (of_a_campaign or "{" in operation) and (target != "own" or (of_a_campaign and role.own is None)):
        return 404
    if kind == OF_ALL_ROWS and Right.VIEW_ALL not in role.rights and role.staff != "chi":
        return 403
    return TAKEN if kind in (CHANGES, CHANGES_ONE) else done


@pytest.mark.parametrize("caller", ROLES, indirect=True)
async def test_each_role_gets_from_each_route_what_is_theirs_and_nothing_else(caller: Caller) -> None:
    document = (await caller.client.get("/openapi.json")).json()
    operations = [f"{method} {path}" for path, item in document["paths"].items() for method in item]
    assert {*operations} == {*ROUTES}, "a route is not classified in ROUTES"

    wrong: list[tuple[Any, ...]] = []
    for operation in sorted(operations, key=lambda each: each.startswith("delete")):
        answers = {target: await caller.status(operation, target) for target in ("foreign", "absent", "own")}
        for target, (status, body, _) in answers.items():
            if status != expected(operation, caller.role, target):
                wrong.append((operation, target, status, body[:200]))
            mine = {caller.role.own} if caller.role.rights is None or ALL not in caller.role.rights else {caller.role.own, "c", "x"} - {caller.role.foreign}  # fmt: skip
            wrong += [(operation, target, "names", other) for other in {*"cxa"} - mine if f"name of {other}!".encode() in body]
        (_, foreign, one), (_, absent, other) = answers["foreign"], answers["absent"]
        if ROUTES[operation] in (OF_A_CAMPAIGN, OF_ALL_ROWS, CHANGES_ONE) and (foreign != absent or {*one} != {*other}):
            wrong.append((operation, "told apart", foreign, absent))
    assert not wrong


async def test_what_is_classified_is_in_the_document(api: httpx.AsyncClient) -> None:
    """So that the matrix cannot lose a route unseen."""
    paths = (await api.get("/openapi.json")).json()["paths"]

    assert {f"{method} {path}" for path, item in paths.items() for method in item} == {*ROUTES}
