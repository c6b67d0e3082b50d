"""A Chinese offer of the demo meets demands in Thai, Vietnamese and Indonesian, and its owner reads why."""

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

TITLE = "木薯渣、海藻与茶叶通用的模块化热泵除湿烘干机"
DEMANDS = [
    ("农场规模湿木薯渣的低能耗干燥", "zh-Hans", "th"),
    ("Máng làm héo chè", "vi", "vi"),
    ("Pengering rumput laut", "id", "id"),
]
"""Title as a Chinese reader finds it, its language, and that of the author: the Thai demand has been translated."""

FIELD, INDUSTRY = "同属技术领域：", "服务于相同行业："
"""Beginnings of two reasons, as a Chinese reader finds them."""


def sign_in(page: Page) -> None:
    page.goto("/zh-Hans/sign-in")
    page.fill("#email", "firm@demo.example")
    page.fill("#password", "welcome to nanning")
    page.click("main form button")
    page.wait_for_url(lambda address: "sign-in" not in address)


def open_own_offer(page: Page) -> None:
    page.goto("/zh-Hans/account/listings?q=" + "模块化热泵")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("h1")).to_have_text(TITLE)


def wait_for_matches(page: Page, number: int) -> None:
    """The worker looks for the matches of a market that was just seeded within a minute or two."""
    for _attempt in range(90):
        if page.locator("article.listing .strength").count() >= number:
            return
        page.wait_for_timeout(2_000)
        page.reload()
    raise AssertionError("no matches came")


def card_of(page: Page, title: str) -> Locator:
    return page.locator("article.listing", has=page.get_by_role("link", name=title))


def test_a_chinese_offer_shows_demands_in_three_languages_with_reasons(page: Page) -> None:
    sign_in(page)
    open_own_offer(page)
    wait_for_matches(page, 3)
    page.get_by_role("link", name="全部匹配").click()

    for title, shown, written in DEMANDS:
        card = card_of(page, title)
        expect(card.locator("h2 a")).to_have_attribute("lang", shown)
        card.get_by_text("最相近的段落").click()
        quotes = card.locator("blockquote")
        expect(quotes).to_have_count(2)
        expect(quotes.nth(0)).to_have_attribute("lang", "zh-Hans")
        expect(quotes.nth(1)).to_have_attribute("lang", written)
        for reason in (FIELD, INDUSTRY):
            expect(card.locator(".why .for", has_text=reason)).to_be_visible()

    first = card_of(page, DEMANDS[0][0])
    first.get_by_role("button", name="感兴趣").click()
    expect(first.locator(".verdict.said")).to_contain_text("感兴趣")
