"""An organizer makes the next edition of last year's expo, releases its programme, moves a session and calls it off;
those who speak or interpret there are told each time, once, in their language, and the calendar follows."""

from datetime import date, timedelta

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

OPENING = "开幕式暨主旨论坛：让技术走得更近"
SPEAKERS = {"wei-lan@demo.example": "zh-Hans", "tenrisau@demo.example": "id", "quoc-thuy@demo.example": "vi"}
INTERPRETERS = {
    "ruolan@demo.example": "zh-Hans", "ziheng@demo.example": "zh-Hans", "thu-ha@demo.example": "vi",
    "minh-khoi@demo.example": "vi", "suphawadi@demo.example": "th", "kittisak@demo.example": "th",
    "ratna@demo.example": "id", "bagus@demo.example": "id",
}  # fmt: skip
CONCERNED = SPEAKERS | INTERPRETERS
"""Of the opening → the language that each is written to."""

FIRST_DAY = date.today() + timedelta(days=440)  # noqa: DTZ011 - any day to come


def sign_in(page: Page) -> None:
    page.goto("/zh-Hans/sign-in")
    page.fill("#email", "organizer@demo.example")
    page.fill("#password", "welcome to nanning")
    page.click("main form button")
    page.wait_for_url(lambda address: "sign-in" not in address)


def make_next_edition(page: Page) -> str:
    """The slug of the new event."""
    page.goto("/zh-Hans/manage/events")
    page.locator("table a[href*='technology-exhibition']").first.click()
    page.fill("#starts_on", FIRST_DAY.isoformat())
    page.fill("#ends_on", (FIRST_DAY + timedelta(days=2)).isoformat())
    page.locator("form[action$='/copy'] button").click()
    page.wait_for_url(lambda address: str(FIRST_DAY.year) in address)
    return page.url.split("?")[0].rpartition("/")[2]


def wait_for_programme(page: Page, slug: str) -> None:
    """The worker copies it within seconds."""
    for _attempt in range(120):
        page.goto(f"/zh-Hans/manage/events/{slug}/programme")
        if page.get_by_role("link", name=OPENING).count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("no programme came")


def open_session(page: Page, slug: str) -> None:
    page.goto(f"/zh-Hans/manage/events/{slug}/programme")
    page.locator(".working").get_by_role("link", name=OPENING).click()


def save(page: Page) -> None:
    page.click("main form.wide-form button.button")
    page.wait_for_url(lambda address: "notice=saved" in address)


def release(page: Page, slug: str, kind: str) -> None:
    page.goto(f"/zh-Hans/manage/events/{slug}/programme/releases")
    expect(page.locator(".changes li")).to_have_class([kind], timeout=30_000)
    page.locator("form[action$='/releases'] button").click()
    page.wait_for_url(lambda address: "notice=programme_released" in address)


def count_mails(page: Page, slug: str) -> dict[tuple[str, str], int]:
    """(Recipient, language) → mails that link to this programme."""
    page.goto("/dev/mail")
    counts: dict[tuple[str, str], int] = {}
    for mail in page.locator("article.mail", has=page.locator(f"a[href$='/events/{slug}/programme']")).all():
        recipient = mail.locator("p.meta").inner_text().split(" · ")[0]
        key = recipient, mail.get_attribute("lang") or ""
        counts[key] = counts.get(key, 0) + 1
    return counts


def wait_for_mails(page: Page, slug: str, each: int) -> None:
    """Each of those concerned has so many, and nobody has any more."""
    wanted = dict.fromkeys(CONCERNED.items(), each)
    counted: dict[tuple[str, str], int] = {}
    for _attempt in range(120):
        counted = count_mails(page, slug)
        if counted == wanted:
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(counted)


def read_opening(page: Page, slug: str) -> tuple[str, int, str]:
    """(status, sequence, start) of the one session in the calendar."""
    calendar = Calendar.from_ical(page.request.get(f"/zh-Hans/events/{slug}/programme.ics").body())
    entry = next(iter(calendar.walk("VEVENT")))
    return str(entry["status"]), int(str(entry["sequence"])), f"{entry.decoded('dtstart'):%H:%M}"


def test_an_organizer_makes_the_next_edition_and_those_concerned_hear_of_each_change_once(page: Page) -> None:
    page.set_default_timeout(90_000)  # the worker of a market that was just seeded has much to do
    sign_in(page)
    slug = make_next_edition(page)
    wait_for_programme(page, slug)

    open_session(page, slug)
    page.select_option("#state", "confirmed")
    save(page)
    release(page, slug, "new")
    wait_for_mails(page, slug, 1)
    assert read_opening(page, slug) == ("CONFIRMED", 0, "09:00")

    open_session(page, slug)
    page.fill("#start", "09:20")
    page.fill("#minutes", "30")
    save(page)
    release(page, slug, "moved")
    wait_for_mails(page, slug, 2)
    assert read_opening(page, slug) == ("CONFIRMED", 1, "09:20")

    open_session(page, slug)
    page.click("form.danger-zone button")
    page.wait_for_url(lambda address: "notice=session_cancelled" in address)
    release(page, slug, "cancelled")
    wait_for_mails(page, slug, 3)
    assert read_opening(page, slug) == ("CANCELLED", 2, "09:20")

    page.goto(f"/zh-Hans/manage/events/{slug}")
    page.locator("form[action$='/state'] button").first.click()
    page.wait_for_url(lambda address: "notice=" in address)  # or leaving the page would cut the sending off
    page.context.clear_cookies()
    page.goto(f"/vi/events/{slug}/programme")
    expect(page.locator(".programme del")).to_have_count(1)
