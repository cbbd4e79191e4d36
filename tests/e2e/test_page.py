"""The page in a real browser, on the real product: what a reader sees, that it changes by itself, and that it says when it cannot."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from deploy.local import readiness
from deploy.local.places import PAGE
from processor.recount import Record
from tests.support import said, traffic
from tests.support.servers import TOKEN, Broker, Product, until

pytestmark = pytest.mark.browser

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE: Final = PAGE / "node_modules" / "axe-core" / "axe.min.js"
SCREEN: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
PATIENCE_MS: Final = 20_000
PROMISED_S: Final = 2.0
STEPS: Final = ("contact", "quote", "signed")
NAME: Final = "Tri ân khách hàng cuối năm"
HOSTILE: Final = "<img src=x onerror=\"document.title='taken'\">"
HEARD: Final = """
globalThis.heard = [];
const asked = fetch;
globalThis.fetch = async (...request) => {
  const answer = await asked(...request);
  if (!answer.headers.get("content-type").startsWith("text/event-stream")) return answer;
  const [theirs, ours] = answer.body.tee();
  ours.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: (text) => void heard.push(text) })).catch(() => {});
  return new Response(theirs, answer);
};
"""
"""Keeps what comes over streams, beside what the page makes of it."""


def now() -> str:
    return datetime.now(UTC).isoformat()


class Dashboard:
    """A running product with its page, and a way to make things happen."""

    def __init__(self, product: Product, broker: Broker, prefix: str) -> None:
        self.product = product
        self.product.start_worker()
        self.url = product.start_api()
        self._address, self._prefix = broker.address, prefix

    def happened(self, *records: Record) -> None:
        """These events are in Kafka when this returns."""
        # On a thread of its own: Playwright's loop runs on this one.
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(asyncio.run, traffic.send(self._address, self._prefix, records)).result()


def campaign(subject: str = "c", **data: Any) -> Record:
    return said.campaign(
        subject, at=now(), **{"name": NAME, "code": "TA-Q4", "currency": "VND", "steps": STEPS, "created_at": now(), **data}
    )


def opportunity(subject: str, step: str, **data: Any) -> Record:
    return said.opportunity(subject, at=now(), created_at=now(), customer_id=f"of-{subject}", step_id=step, **data)


def order(subject: str, amount: int, **data: Any) -> Record:
    return said.order(subject, at=now(), purchased_at=now(), gross_minor=amount, currency="VND", **{"campaign_id": "c", **data})


@pytest.fixture(name="dashboard")
def _dashboard(product: Callable[..., Product], broker: Broker, topic_prefix: str, built_page: Path, tmp_path: Path) -> Dashboard:
    return Dashboard(product(KPI_PARTITIONS="1", KPI_KEYS=str(tmp_path / "keys.db")), broker, topic_prefix)


@pytest.fixture(scope="module", name="browser")
def _browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(name="context")
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SCREEN, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(name="page")
def _page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which nothing may go wrong unseen: no script may fail, and the policy may have nothing to refuse."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert faults == []


def show(page: Page, dashboard: Dashboard, path: str, token: str = TOKEN) -> None:
    """A campaign is shown once it is counted: of one that nobody has heard of the page says so, and does not ask again."""
    if path.startswith("/campaigns/"):
        port = int(dashboard.url.rpartition(":")[2])
        until(lambda: readiness.get(port, f"/v1{path}/overview", TOKEN)[0] == 200, f"{path} to be counted")
    page.goto(f"{dashboard.url}{path}#token={token}")


def tile(page: Page, name: str) -> Locator:
    return page.locator(f"[data-tile={name}] .figure")


def step(page: Page, name: str) -> Locator:
    """A row of the funnel, by what a screen reader says of it."""
    return page.get_by_role("figure", name="Opportunity funnel").get_by_role("img", name=name)


def badge(page: Page) -> Locator:
    return page.locator("#live-button")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name))


def broken_rules(page: Page) -> list[str]:
    """What axe-core finds: rule, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


def test_the_token_is_asked_for_and_leaves_no_trace(dashboard: Dashboard, page: Page) -> None:
    page.goto(f"{dashboard.url}/campaigns")
    page.get_by_label("Token").fill("a wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This token was refused.")

    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Show the numbers").click()
    expect(page.get_by_text("No campaigns yet.")).to_be_visible()

    page.goto("about:blank")
    show(page, dashboard, "/campaigns?limit=25")
    expect(page.get_by_text("No campaigns yet.")).to_be_visible()
    assert page.url == f"{dashboard.url}/campaigns?limit=25"
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])")
    assert TOKEN not in kept


def test_a_browser_stays_signed_in_until_somebody_signs_out(dashboard: Dashboard, context: BrowserContext, page: Page) -> None:
    with page.expect_response(lambda answer: answer.request.method == "GET" and answer.url.endswith("/v1/session")) as kept:
        show(page, dashboard, "/campaigns")
    assert kept.value.ok
    other = context.new_page()
    other.goto(f"{dashboard.url}/campaigns")
    page.reload()
    for tab in (page, other):
        expect(tab.get_by_text("No campaigns yet.")).to_be_visible()
    asked = []
    other.on("request", lambda request: asked.append(request.headers))
    other.reload()
    expect(other.get_by_text("No campaigns yet.")).to_be_visible()
    assert asked
    assert not any("authorization" in headers for headers in asked)

    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        expect(tab.get_by_label("Token")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()
    assert context.cookies() == []


def test_a_session_that_is_over_is_said_to_be(dashboard: Dashboard, context: BrowserContext, page: Page) -> None:
    show(page, dashboard, "/campaigns")
    expect(page.get_by_text("No campaigns yet.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No campaigns yet.")).to_be_visible()

    context.clear_cookies()
    # Without waiting for the box: the page asks by itself too, and then the form has come in its place already.
    page.evaluate("document.querySelector('input[type=checkbox]')?.click()")
    expect(page.get_by_role("alert")).to_have_text("Your session is over.")


def test_a_browser_that_keeps_no_cookie_shows_the_numbers_all_the_same(dashboard: Dashboard, page: Page) -> None:
    page.route(
        lambda url: url.endswith("/v1/session"),
        lambda route: route.fulfill(status=201) if route.request.method == "POST" else route.continue_(),
    )
    show(page, dashboard, "/campaigns")
    expect(page.get_by_text("No campaigns yet.")).to_be_visible()
    page.get_by_label("Only active").check()
    expect(page.get_by_text("No campaigns match")).to_be_visible()

    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_numbers_change_by_themselves_within_two_seconds_of_their_event(dashboard: Dashboard, context: BrowserContext, page: Page) -> None:
    listing = context.new_page()
    dashboard.happened(campaign(), opportunity("op-1", "contact"), opportunity("op-2", "quote", status="lost"), order("or-1", 250_000))
    show(page, dashboard, "/campaigns/c")
    show(listing, dashboard, "/campaigns")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    expect(tile(page, "opportunities")).to_have_text("2")
    expect(tile(page, "win_rate")).to_have_text("0.0%")
    expect(tile(page, "revenue_net")).to_have_text("250,000\u00a0₫")
    expect(step(page, "contact: 1 opportunities, 50.0%")).to_be_visible()
    expect(row(listing, NAME)).to_contain_text("250,000\u00a0₫")
    expect(badge(page)).to_contain_text("Live")

    waited = []
    for number in (3, 4, 5):
        dashboard.happened(opportunity(f"op-{number}", "signed"), order(f"or-{number}", 1_000))
        began = time.monotonic()
        expect(tile(page, "opportunities")).to_have_text(str(number))
        expect(tile(page, "revenue_net")).to_have_text(f"{250 + number - 2},000\u00a0₫")
        expect(row(listing, NAME)).to_contain_text(f"{250 + number - 2},000\u00a0₫")
        waited.append(time.monotonic() - began)
    assert min(waited) < PROMISED_S, waited

    expect(step(page, "signed: 3 opportunities, 60.0%")).to_be_visible()
    expect(tile(page, "won")).to_have_text("3")
    expect(page.locator("[data-tile=opportunities] .changed")).to_have_count(1)
    expect(page.locator("[data-tile=lost] .changed")).to_have_count(0)


def test_after_the_first_change_only_what_is_different_comes_over_the_wire(dashboard: Dashboard, page: Page) -> None:
    page.add_init_script(HEARD)
    dashboard.happened(campaign(), opportunity("op-0", "contact"))
    show(page, dashboard, "/campaigns/c")
    for number in range(1, 5):
        expect(tile(page, "opportunities")).to_have_text(str(number))
        expect(badge(page)).to_contain_text("Live")
        dashboard.happened(opportunity(f"op-{number}", "contact"))
    expect(step(page, "contact: 5 opportunities, 100.0%")).to_be_visible()
    expect(page.locator("[data-tile=opportunities] .changed")).to_have_count(1)
    expect(page.locator("[data-tile=won] .changed")).to_have_count(0)

    said = [text for text in "".join(page.evaluate("heard")).split("\n\n") if text.startswith(("event: snapshot", "event: patch"))]
    assert [text.split("\n")[0].removeprefix("event: ") for text in said] == ["snapshot", "patch", "patch", "patch"]
    assert max(map(len, said[1:])) < len(said[0]) / 2


def test_the_list_finds_pages_and_sorts(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(
        campaign(),
        *(campaign(f"c-{number:02}", name=f"Đợt {number:02}", code=None, status="suspended") for number in range(12)),
        order("or-1", 9_000),
    )
    show(page, dashboard, "/campaigns")
    expect(page.get_by_text("1–10 of 13")).to_be_visible()
    expect(page.get_by_role("link", name=NAME)).to_be_visible()  # the one with revenue comes first

    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("11–13 of 13")).to_be_visible()
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.get_by_text("1–10 of 13")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("11–13 of 13")).to_be_visible()
    page.get_by_label("Per page").select_option("25")
    expect(page.locator("tbody").get_by_role("row")).to_have_count(13)
    expect(page).to_have_url(f"{dashboard.url}/campaigns?limit=25")

    page.get_by_role("button", name="Name", exact=True).click()
    expect(page.locator("tbody").get_by_role("link").first).to_have_text("Đợt 00")

    page.get_by_label("Search by name or code").fill("TRI AN")
    expect(page.locator("tbody").get_by_role("row")).to_have_count(1)
    page.get_by_label("Search by name or code").fill("dot 1")
    expect(page.locator("tbody").get_by_role("row")).to_have_count(2)
    page.get_by_label("Only active").check()
    expect(page.get_by_text("No campaigns match")).to_be_visible()
    page.get_by_role("button", name="Show all campaigns").click()
    page.get_by_label("Only active").check()
    expect(page.locator("tbody").get_by_role("row")).to_have_count(1)
    expect(page.get_by_text("of 13")).to_be_visible()  # the totals ignore what narrows the list


def test_who_may_not_see_amounts_finds_the_campaigns_all_the_same(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), campaign("d", name="Quiet"), order("or-1", 500))
    new = {"name": "without money", "rights": ["view", "view_all"]}
    key = httpx.post(f"{dashboard.url}/v1/keys", json=new, headers={"authorization": f"Bearer {TOKEN}"}).json()["token"]

    show(page, dashboard, "/campaigns", key)

    expect(page.get_by_role("columnheader", name="Orders")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("row").nth(1)).to_contain_text(NAME)
    expect(row(page, NAME).get_by_role("cell")).to_contain_text(["Active", "1", "\N{EM DASH}"])


def test_no_name_is_too_long_for_the_page(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(name="N" * 1000, code="C" * 1000, steps=["S" * 128, *STEPS]), opportunity("op-1", "S" * 128))
    for size in (SCREEN, PHONE):
        page.set_viewport_size(size)
        show(page, dashboard, "/campaigns")
        status = page.get_by_text("Active", exact=True)
        expect(status).to_be_visible()
        place = status.bounding_box()
        assert place
        assert place["x"] + place["width"] <= size["width"]
        page.goto("about:blank")
        show(page, dashboard, "/campaigns/c")
        expect(page.get_by_role("heading", level=1)).to_contain_text("NNN")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.goto("about:blank")


def test_what_is_seen_is_in_the_address(dashboard: Dashboard, page: Page) -> None:
    month = datetime.now(UTC).replace(day=1)
    before = (month - timedelta(days=1)).date().isoformat()
    dashboard.happened(campaign(), opportunity("op-1", "contact"))
    show(page, dashboard, "/campaigns/c")
    expect(tile(page, "opportunities")).to_have_text("1")

    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(f"{dashboard.url}/campaigns/c?period=month&at={before}")
    expect(tile(page, "opportunities")).to_have_text("0")
    expect(page.get_by_text("No orders yet.")).to_be_visible()
    page.get_by_role("button", name="Show all time").click()
    expect(page).to_have_url(f"{dashboard.url}/campaigns/c?period=all")
    expect(tile(page, "opportunities")).to_have_text("1")

    page.locator("#basis-button").click()
    page.get_by_role("button", name="Closed in period").click()
    expect(page).to_have_url(re.compile("basis=closed"))
    expect(tile(page, "open")).to_have_text("—")

    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{dashboard.url}/campaigns/c?period=month&at={before}")
    expect(tile(page, "opportunities")).to_have_text("0")

    page.keyboard.press("c")
    page.get_by_role("button", name="15", exact=False).first.click()
    page.get_by_role("button", name="12", exact=False).first.click()
    expect(page).to_have_url(re.compile(r"from=\d{4}-\d\d-12&to=\d{4}-\d\d-15"))

    page.keyboard.press("/")
    page.keyboard.type("tri an")
    expect(page.get_by_role("list", name="Campaigns found").get_by_role("link")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Campaigns").last.click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(theme: Literal["light", "dark"], dashboard: Dashboard, page: Page) -> None:
    happened = [opportunity(f"op-{number}", STEPS[number % 3], probability=number * 10) for number in range(9)]
    dashboard.happened(campaign(), *happened, opportunity("op-lost", "contact", status="lost"), order("or-1", 250_000))
    page.emulate_media(color_scheme=theme)

    show(page, dashboard, "/campaigns")
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    assert broken_rules(page) == []

    page.get_by_role("link", name=NAME).click()
    expect(tile(page, "opportunities")).to_have_text("10")
    assert broken_rules(page) == []

    for key in ("c", "/", "?"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog").first).to_be_visible()
        assert broken_rules(page) == []
        page.keyboard.press("Escape")
    for name in ("Show as table", "Reached"):
        page.get_by_role("button", name=name).first.click()
        assert broken_rules(page) == []


def test_names_are_text_whatever_they_say(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(
        campaign("c/1", name=HOSTILE, code='"><script>', steps=[HOSTILE]),
        opportunity("op-1", HOSTILE, campaign_id="c/1"),
        opportunity("op-2", "(none)", campaign_id="c/1"),
    )
    show(page, dashboard, "/campaigns")
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE)
    expect(page).to_have_url(f"{dashboard.url}/campaigns/c%2F1")
    expect(step(page, f"{HOSTILE}: 1 opportunities, 50.0%")).to_be_visible()
    expect(step(page, "(none) (removed): 1 opportunities, 50.0%")).to_be_visible()
    expect(page).to_have_title(f"{HOSTILE} · Campaign KPI")
    expect(page.locator("main img, h1 img")).to_have_count(0)


def test_the_reader_can_freeze_the_numbers(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), opportunity("op-1", "contact"))
    show(page, dashboard, "/campaigns/c")
    expect(tile(page, "opportunities")).to_have_text("1")
    expect(badge(page)).to_contain_text("Live")

    page.keyboard.press("l")
    dashboard.happened(opportunity("op-2", "contact"))
    expect(badge(page)).to_have_text("Paused 1 new")
    expect(tile(page, "opportunities")).to_have_text("1")

    page.keyboard.press("l")
    expect(tile(page, "opportunities")).to_have_text("2")


def test_the_badge_tells_when_numbers_no_longer_come(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), opportunity("op-1", "contact"))
    show(page, dashboard, "/campaigns/c")
    expect(badge(page)).to_contain_text("Live")

    dashboard.product.kill("worker-1")
    expect(badge(page)).to_contain_text("Delayed", timeout=30_000)
    dashboard.product.start_worker()
    expect(badge(page)).to_contain_text("Live", timeout=30_000)

    dashboard.product.kill("api")
    expect(badge(page)).to_contain_text("Offline")
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    expect(page.locator(".sr[role=status]")).to_have_text("Offline")  # what a screen reader says
    expect(tile(page, "opportunities")).to_have_text("1")


def test_a_reader_of_either_language_on_any_screen_gets_the_whole_page(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), *(opportunity(f"op-{number}", STEPS[number % 3], probability=number * 10) for number in range(9)))
    page.set_viewport_size(PHONE)
    for path in ("/campaigns", "/campaigns/c"):
        page.goto("about:blank")
        show(page, dashboard, path)
        expect(page.get_by_text(NAME).first).to_be_visible()
        for language, other in (("en", "Tiếng Việt"), ("vi", "English")):
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            page.get_by_role("button", name=other).click()

    funnel = page.get_by_role("figure", name="Opportunity funnel")
    funnel.get_by_role("button", name="Show as table").click()
    expect(funnel.get_by_role("row", name=re.compile("1. contact")).get_by_role("cell").first).to_have_text("3")

    page.locator("[data-tile=win_rate]").get_by_role("button").click()
    expect(page.get_by_role("dialog", name="Win rate")).to_contain_text("F13")
