"""What is refused shows, in a browser whose scripts put pages together."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screenshots import sign_in

pytestmark = pytest.mark.browser

SUMMARY = "A kiln for cooperatives that dries two tonnes of chips a day."


def test_a_wrong_password_is_said(page: Page) -> None:
    page.goto("/en/sign-in")
    page.fill("#email", "firm@demo.example")
    page.fill("#password", "something else entirely")
    page.click("main form button")

    expect(page.locator("main")).to_contain_text("This address and password do not fit together.")


def test_faults_stand_beside_the_fields(page: Page) -> None:
    sign_in(page)
    page.goto("/vi/listings/new")
    page.fill("#summary", SUMMARY)
    page.click("button[name=_action][value=save]")

    expect(page.locator("#title")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#summary")).to_have_value(SUMMARY)


def test_a_search_that_is_too_long_is_refused_on_the_page(page: Page) -> None:
    page.goto("/en/")
    page.locator("main #q").evaluate("box => { box.maxLength = 2000; box.value = 'kiln '.repeat(300) }")
    page.click("main form.search button")

    expect(page.locator("h1")).to_contain_text("This search is too long.")


def test_who_was_signed_out_meanwhile_keeps_what_was_typed(page: Page) -> None:
    sign_in(page)
    page.goto("/en/listings/new")
    page.fill("#title", "Drying kiln")
    page.fill("#summary", SUMMARY)
    page.context.clear_cookies()
    page.click("button[name=_action][value=save]")

    expect(page.locator(".error-page h1")).to_be_visible()
    expect(page.locator(".typed textarea")).to_have_value(SUMMARY)


def test_a_second_tab_is_shown_the_difference(page: Page) -> None:
    sign_in(page)
    page.goto("/en/listings/new")
    page.fill("#title", "Drying kiln")
    page.fill("#summary", SUMMARY)
    page.click("button[name=_action][value=save]")
    page.wait_for_url("**/edit?notice=saved")
    second = page.context.new_page()
    second.goto(page.url)
    for tab, words in ((page, "Changed in the first tab."), (second, "Changed in the second tab.")):
        tab.fill("#summary", words)
        tab.click("button[name=_action][value=save]")
        tab.wait_for_timeout(500)

    expect(second.locator("main")).to_contain_text("Changed in the first tab.")
    expect(second.locator("#summary")).to_have_value("Changed in the second tab.")
