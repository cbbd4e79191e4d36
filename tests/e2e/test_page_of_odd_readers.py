"""The page in a real browser, for readers and circumstances that are not the usual ones."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.test_page import (
    PHONE,
    Dashboard,
    _browser,  # noqa: F401  # the fixtures
    _context,  # noqa: F401
    _dashboard,  # noqa: F401
    _page,  # noqa: F401
    badge,
    campaign,
    now,
    opportunity,
    order,
    row,
    show,
    step,
    tile,
)
from tests.support import said
from tests.support.servers import TOKEN

CURRENCIES = ("BYR", "EUR", "JPY", "KWD", "USD")

pytestmark = pytest.mark.browser


def test_no_number_of_one_period_is_shown_under_the_name_of_another(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), order("or-1", 500))
    show(page, dashboard, "/campaigns")
    totals = page.locator(".totals")
    expect(totals).to_contain_text("500\u00a0₫")

    page.route(re.compile("/v1/campaigns\\?period=year"), lambda _: None)  # an answer that takes its time
    page.keyboard.press("y")

    expect(totals).to_contain_text(re.compile(r"\d{4}: orders"))
    assert "500" not in totals.inner_text()  # now, and not only once nobody waits for the answer any more


def test_a_row_that_leaves_the_page_under_the_pointer_keeps_no_numbers_that_are_no_longer_true(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(
        *(campaign(f"c-{number}", name=f"Campaign {number:02}", code=None) for number in range(11)),
        *(order(f"or-{number}", 100 + number, campaign_id=f"c-{number}") for number in range(11)),
    )
    show(page, dashboard, "/campaigns")
    last = row(page, "Campaign 01")
    expect(last).to_contain_text("101\u00a0₫")
    last.hover()

    dashboard.happened(order("or-more", 900, campaign_id="c-0"))

    expect(last).not_to_contain_text("101")
    expect(last.get_by_role("cell").nth(1)).to_contain_text("\N{EM DASH}")


def test_days_are_those_of_the_server_however_wrong_the_clock_of_the_browser(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), opportunity("op-1", "contact"))
    page.clock.set_system_time(time.time() - 86_400)  # a day behind
    show(page, dashboard, "/campaigns/c")
    page.keyboard.press("d")
    expect(page).to_have_url(re.compile("period=today$"))
    expect(tile(page, "opportunities")).to_have_text("1")

    page.keyboard.press("ArrowLeft")

    expect(page).to_have_url(re.compile("period=today&at="))
    expect(tile(page, "opportunities")).to_have_text("0")
    expect(page.get_by_role("button", name="Next period")).to_be_enabled()


def test_enter_opens_what_was_typed_even_before_it_is_found(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), campaign("d", name="Another"), order("or-1", 500, campaign_id="d"))
    show(page, dashboard, "/campaigns")
    expect(page.get_by_role("link", name="Another")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("list", name="Campaigns found").get_by_role("link")).to_have_count(2)

    page.keyboard.type("tri an")
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{dashboard.url}/campaigns/c")


def test_a_campaign_whose_id_is_no_part_of_a_path_is_not_taken_for_all_of_them(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(".."))
    show(page, dashboard, "/campaigns")
    page.locator("tbody").get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Campaigns")


def test_a_tab_without_a_mouse_reaches_every_mark_and_loses_no_place(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), opportunity("op-1", "signed"), opportunity("op-2", "contact", status="lost"))
    show(page, dashboard, "/campaigns")
    expect(page.get_by_role("link", name="Tri ân")).to_be_visible()
    heading = page.get_by_role("button", name="Orders")
    heading.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=-orders"))
    expect(heading).to_be_focused()

    page.keyboard.press("m")
    page.keyboard.press("m")
    page.get_by_role("link", name="Tri ân").click()
    marks = page.get_by_role("figure", name="Results").get_by_role("img")
    expect(marks).to_have_count(2)  # none is in progress
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(marks.last).to_be_focused()

    page.set_viewport_size(PHONE)
    page.locator(".card-table").last.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(f"{dashboard.url}/campaigns/c")
    page.go_back()
    expect(page).to_have_url(f"{dashboard.url}/campaigns?sort=-orders")


def test_marks_are_drawn_where_the_system_forces_its_colours_and_on_paper(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), opportunity("op-1", "contact"))
    page.emulate_media(forced_colors="active", color_scheme="dark")
    show(page, dashboard, "/campaigns/c")
    bar = step(page, "contact: 1 opportunities, 100.0%").locator(".track i")
    expect(bar).to_have_css("background-color", "rgb(255, 255, 255)")

    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(forced_colors="none", media="print")
    expect(page.get_by_role("heading", level=1)).to_have_css("color", "rgb(19, 22, 27)")
    expect(bar).to_have_css("print-color-adjust", "exact")
    expect(page.locator("#period-button")).to_be_visible()


def test_amounts_of_many_currencies_fit_on_the_smallest_phone(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(
        campaign(),
        *(opportunity(f"op-{number}", "contact", probability=50) for number in range(3)),
        *(
            said.order(f"or-{code}", at=now(), purchased_at=now(), gross_minor=10**13 - 1, currency=code, campaign_id="c")
            for code in CURRENCIES
        ),
    )
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, dashboard, "/campaigns")
    expect(page.locator(".totals")).to_contain_text("BYR\u00a09,999,999,999,999")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("button", name="Tiếng Việt").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320

    page.goto("about:blank")
    show(page, dashboard, "/campaigns/c")
    expect(tile(page, "opportunities")).to_have_text("3")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_token_given_to_an_open_page_shows_what_that_may_see(dashboard: Dashboard, page: Page) -> None:
    dashboard.happened(campaign(), order("or-1", 500))
    new = {"name": "without money", "rights": ["view", "view_all"]}
    key = httpx.post(f"{dashboard.url}/v1/keys", json=new, headers={"authorization": f"Bearer {TOKEN}"}).json()["token"]
    show(page, dashboard, "/campaigns/c")
    expect(tile(page, "revenue_net")).to_have_text("500\u00a0₫")

    page.goto(f"{dashboard.url}/campaigns/c#token={key}")

    expect(page.locator("[data-tile=revenue_net] .withheld")).to_have_text("No access")


def test_sign_out_while_the_api_is_away_does_not_claim_to_have_signed_out(
    dashboard: Dashboard, context: BrowserContext, page: Page
) -> None:
    show(page, dashboard, "/campaigns")
    expect(badge(page)).to_contain_text("Live")
    page.reload()
    expect(badge(page)).to_contain_text("Live")

    context.set_offline(True)
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("alert")).to_contain_text("still signed in")
