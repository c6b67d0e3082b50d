"""Pages fit the narrowest window, in the scripts that ask most of it, and work without scripts."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.screenshots import (
    LANGUAGES,
    MEMBER_PAGES,
    VISITOR_PAGES,
    WORDS,
    find_reference,
    has_overflow,
    sign_in,
)

pytestmark = pytest.mark.browser


def list_wide_pages(page: Page, pages: dict[str, str]) -> list[str]:
    reference = find_reference(page)
    wide = []
    for name, path in pages.items():
        for language in LANGUAGES:
            page.goto(f"/{language}" + path.format(words=WORDS[language], reference=reference))
            if has_overflow(page):
                wide.append(f"{name} {language}")
    return wide


def test_no_page_is_wider_than_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    assert list_wide_pages(page, VISITOR_PAGES) == []


def test_no_members_page_is_wider_than_a_small_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page)

    assert list_wide_pages(page, MEMBER_PAGES) == []


def test_searching_and_reading_work_without_scripts(chromium: Browser, market_address: str) -> None:
    context = chromium.new_context(base_url=market_address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/th/")
    page.fill("main #q", "อบแห้งกากมันสำปะหลัง")
    page.click("main form.search button")

    expect(page.locator("article.listing h2").first).to_be_visible()
    page.locator("article.listing h2 a").first.click()
    expect(page.locator(".glance")).to_be_visible()
    context.close()


def test_the_language_switch_keeps_the_page(page: Page) -> None:
    page.goto("/en/listings?kind=demand&country=TH")
    page.click(".language-menu summary")
    page.click(".language-menu a[lang=km]")

    page.wait_for_url("**/km/listings?kind=demand&country=TH")
    expect(page.locator("html")).to_have_attribute("lang", "km")


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/en/listings")
    page.keyboard.press("Tab")

    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main #q")).to_be_focused()


@pytest.mark.parametrize("address", ["/km/listings?kind=demand", "/my/listings?kind=offer&country=CN"])
def test_on_a_phone_what_was_found_is_seen_before_what_narrows_it_down(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)

    assert page.locator("article.listing").first.bounding_box()["y"] < 740  # type: ignore[index] # it is on the page
    expect(page.locator(".facet").first).to_be_hidden()
    expect(page.locator(".choices .tag").first).to_be_visible()


def test_where_there_is_room_the_filters_stand_open(page: Page) -> None:
    page.goto("/en/listings")

    expect(page.locator(".facet").first).to_be_visible()


@pytest.mark.parametrize("language", ["km", "my", "th"])
def test_running_text_has_the_line_height_of_its_script(page: Page, language: str) -> None:
    page.goto(f"/{language}/about")

    high = "e => parseFloat(getComputedStyle(e).lineHeight) / parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator("main p").first.evaluate(high) > 1.7
