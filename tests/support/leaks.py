"""Does anybody ever see what is not theirs? A store of several tenants in which every name, person and amount betrays whose it is, many principals, and random
requests of them all in turn, so that whatever is kept of one question lies there for the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple, TypeAlias

import httpx
from starlette.types import ASGIApp

from schemas.durations import DAY
from schemas.rows import STATUSES, CampaignRow
from tests.support.cells import Numbers, a_campaign, an_opportunity, an_order
from views_api.principals.api_keys import ApiKeys, Author
from views_api.scope import Right, Scope

TENANTS: Final = ("default", "acme", "emca")
STAFF: Final = tuple(f"st-{n}" for n in range(12))
AMOUNT: Final = 98765
"""In every amount of the store, and in nothing else."""
TRIES: Final = 5
_DAY: Final = "2026-11-03"
_CAMPAIGN: Final = re.compile(r"mark-([a-z]+-\d+)-")
_PERSON: Final = re.compile(r'"(?:staff_id|owner_id)":"(st-\d+)"')
_PERSON_OF_FILE: Final = re.compile(r"^(?!\ufeff?# ).*?(?<![^,])(st-\d+)(?![^,\r])", re.MULTILINE)
"""In a cell of its own, and not among what was asked."""


class Question(NamedTuple):
    path: str
    money: bool = False
    """Whether it is refused to whoever may not see amounts."""
    about: str | None = None
    """The campaign."""
    file: bool = False


Sight: TypeAlias = tuple[str, str | bool | None, bool]
"""Tenant, who it is among the staff or that all is seen, and whether amounts are: who agrees in these sees the same."""


@dataclass
class Found:
    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    too_busy: int = 0
    """Answers 503, after which the same was asked again."""


class World:
    def __init__(self, numbers: Numbers, keys: ApiKeys, now: int, *, seed: int, principals: int = 24, campaigns: int = 10) -> None:
        self._rng = Random(seed)
        self.rows: dict[tuple[str, str], CampaignRow] = {}
        for tenant in TENANTS:
            for n in range(campaigns):
                self._campaign(numbers, tenant, f"{tenant}-{n}" if n % 2 else f"shared-{n}")
        self.callers = [self._caller(keys, now) for _ in range(principals)]
        self._tags: list[tuple[str, str, Sight]] = []
        """(path, tag, to whom it was given)."""

    def _campaign(self, numbers: Numbers, tenant: str, identity: str) -> None:
        rng, mark = self._rng, f"mark-{tenant}-{len(self.rows)}-"
        row = a_campaign(
            identity, name=mark, code=mark, participant_ids=rng.sample(STAFF, 3), manager_id=rng.choice([None, *STAFF]), currency="VND"
        )
        self.rows[tenant, identity] = row
        numbers.campaign(row, tenant)
        numbers.definition(identity, tenant, name=mark, budget_minor=AMOUNT)
        for owner in (*row.participant_ids, None):
            for measure, value in (("opportunities", 1), ("revenue_net", AMOUNT)):
                of: dict[str, Any] = {"measure": measure, "campaign_id": identity, "staff_id": owner, "from_day": _DAY, "to_day": _DAY}
                numbers.target(f"{mark}{measure}{owner}", tenant, value=value, **of)
        for owner in row.participant_ids:
            numbers.cells("o", _DAY, {"n|o|r|s1": 1, "open|VND||2026-12": AMOUNT}, identity, tenant)
            numbers.cells("s", _DAY, {f"n|{owner}|o|s1": 1}, identity, tenant)
            numbers.opportunity(
                an_opportunity(f"{mark}{owner}", campaign_id=identity, owner_id=owner, amount_minor=AMOUNT, currency="VND"), _DAY, tenant
            )
        for n, owner in enumerate(row.participant_ids):  # one counts, the others were cancelled
            order = an_order(
                f"{mark}{owner}", gross_minor=AMOUNT, counted=n == 0, status_number=STATUSES.index("cancelled" if n else "paid")
            )
            numbers.listed_order(order, _DAY, owner=owner, campaign=identity, tenant=tenant)
        numbers.cells("l", _DAY, {f"n|{identity}": 1, f"net|{identity}|VND": AMOUNT}, "", tenant)

    def _caller(self, keys: ApiKeys, now: int) -> tuple[Scope, str]:
        rng = self._rng
        rights = {Right.VIEW, *rng.sample([Right.VIEW_ALL, Right.MONEY, Right.EXPORT], rng.randrange(3))}
        tenant, staff = rng.choice(TENANTS), rng.choice([None, *STAFF])
        _, token = keys.make(tenant, "a caller", rights, staff, now + DAY, Author("a test"))
        return keys.scope(token), token

    def _question(self, tenant: str) -> Question:
        """Mostly of the own tenant, so that there is something to be seen; ids of others too."""
        rng = self._rng
        of, campaign = rng.choice([*self.rows])
        if of != tenant and rng.random() < 0.7:
            campaign = rng.choice([identity for other, identity in self.rows if other == tenant])
        place = f"/v1/campaigns/{campaign}"
        days = rng.choice(["period=all", "period=all", "from=2026-11-01&to=2026-11-30", "period=year"])
        return rng.choice(
            [
                Question(f"/v1/campaigns?{days}"),
                Question(f"/v1/campaigns?{days}&sort=name&limit=2"),
                Question(f"/v1/overview?{days}"),
                Question("/v1/overview?from=2026-11-01&to=2026-11-30&compare=previous"),
                Question(f"/v1/campaigns?{days}&sort=-revenue_net", money=True),
                Question(f"{place}/overview?{days}", about=campaign),
                Question(f"{place}/staff?{days}", about=campaign),
                Question(f"{place}/customers?{days}", about=campaign),
                Question(f"{place}/opportunities?{days}", about=campaign),
                Question(f"{place}/opportunities?{days}&owner={rng.choice(STAFF)}", about=campaign),
                Question(f"{place}/opportunities?{days}&credited={rng.choice(STAFF)}", about=campaign),
                Question(f"{place}/opportunities?{days}&interacted=false", about=campaign),
                Question(f"{place}/overview?from=2026-12-01&to=2026-12-31&compare=previous", about=campaign),
                Question(place, about=campaign),
                Question(f"{place}/targets", about=campaign),
                Question(f"{place}/leaderboard?{days}", about=campaign),
                Question(f"{place}/quiet?of=uncontacted", about=campaign),
                Question(f"{place}/quiet?days=1&owner={rng.choice(STAFF)}", about=campaign),
                Question(f"{place}/leaderboard?{days}&by=revenue_net", money=True, about=campaign),
                Question(f"{place}/messages?{days}", about=campaign),
                Question(f"{place}/orders?{days}", about=campaign),
                Question(f"{place}/orders?{days}&owner={rng.choice(STAFF)}", about=campaign),
                Question(f"{place}/orders?{days}&counted=false&limit=1", about=campaign),
                Question(f"{place}/series?measure=opportunities&by=month&{days}", about=campaign),
                Question(f"{place}/series?measure=revenue_net&by=month&{days}", money=True, about=campaign),
            ]
        )

    async def hunt(self, edge: ASGIApp, requests: int, *, stop_at_first: bool = False) -> Found:
        """So many random requests of random callers; what they saw that was not theirs."""
        found = Found()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://api") as client:
            while found.requests < requests and not (stop_at_first and found.leaks):
                scope, token = self._rng.choice(self.callers)
                question = self._question(scope.tenant)
                if "?" in question.path and "limit=" not in question.path and self._rng.random() < 0.1:
                    question = question._replace(path=f"{question.path}&format=csv", file=True)
                headers, lent = {"Authorization": f"Bearer {token}"}, None
                if self._tags and self._rng.random() < 0.2:
                    path, tag, lent = self._rng.choice(self._tags)
                    if self._rng.random() < 0.5:  # whose it is: so that there are answers that are rightly confirmed
                        scope, token = self._rng.choice([one for one in self.callers if self._sight(one[0]) == lent])
                    question = Question(path, about=self._about(path))
                    headers = {"Authorization": f"Bearer {token}", "If-None-Match": tag}
                answer = await self._answer(client, question.path, headers, found)
                found.requests += 1
                found.statuses[answer.status_code] = found.statuses.get(answer.status_code, 0) + 1
                seen = self._unseen(scope, question, answer, lent)
                found.leaks += [f"{scope.key} {question.path}: {what}" for what in seen]
                tag = answer.headers.get("etag", "")
                if answer.status_code == 200 and tag.startswith("W/"):  # others name a version, and confirm nothing
                    self._tags = [*self._tags[-200:], (question.path, tag, self._sight(scope))]
        return found

    @staticmethod
    async def _answer(client: httpx.AsyncClient, path: str, headers: dict[str, str], found: Found) -> httpx.Response:
        """Of a store that was too busy for an answer nobody saw anything: that is told apart, and asked once more. What is never answered is a finding."""
        for _ in range(TRIES):
            answer = await client.get(path, headers=headers)
            if answer.status_code != 503 or _CAMPAIGN.search(answer.text):
                break
            found.too_busy += 1
        return answer

    @staticmethod
    def _about(path: str) -> str | None:
        named = re.match(r"/v1/campaigns/([^/?]+)/", path)
        return named[1] if named else None

    def _unseen(self, scope: Scope, question: Question, answer: httpx.Response, lent: Sight | None) -> list[str]:
        row = self.rows.get((scope.tenant, question.about)) if question.about else None
        visible = question.about is None or (row is not None and self._sees(scope, row))
        if answer.status_code == 304:
            return [] if lent == self._sight(scope) else ["an answer is confirmed that was another's"]
        if answer.status_code == 403:
            return [] if not scope.money or (question.file and Right.EXPORT not in scope.rights) else ["refused what is theirs"]
        if answer.status_code == 404:
            return [] if not visible else ["what is theirs is not found"]
        if answer.status_code != 200:
            return [f"answered {answer.status_code}"]
        leaks = [] if visible else ["answered what is not theirs"]
        if question.file and Right.EXPORT not in scope.rights:
            leaks.append("gave a file")
        theirs = {each.name for (tenant, _), each in self.rows.items() if tenant == scope.tenant and self._sees(scope, each)}
        leaks += [f"names {mark}" for mark in {*_CAMPAIGN.findall(answer.text)} if f"mark-{mark}-" not in theirs]
        if not scope.money and (str(AMOUNT) in answer.text or question.money):
            leaks.append("tells an amount")
        if row is not None and Right.VIEW_ALL not in scope.rights and scope.staff != row.manager_id:
            pattern = _PERSON_OF_FILE if question.file else _PERSON
            leaks += [f"shows {person}" for person in {*pattern.findall(answer.text)} - {scope.staff}]
        if question.about is None and not question.file:
            found = answer.json()
            over = found["totals"].get("campaigns", found.get("campaigns"))
            if over != len(theirs) or found["totals"]["orders"] != len(theirs):
                leaks.append("adds up what is not theirs")
        return leaks

    @staticmethod
    def _sight(scope: Scope) -> Sight:
        return scope.tenant, Right.VIEW_ALL in scope.rights or scope.staff, Right.MONEY in scope.rights

    @staticmethod
    def _sees(scope: Scope, row: CampaignRow) -> bool:
        """Written once more, by the contract's words: a campaign is seen by its manager, its participants, and whoever sees all."""
        return Right.VIEW_ALL in scope.rights or (scope.staff is not None and scope.staff in (row.manager_id, *row.participant_ids))
