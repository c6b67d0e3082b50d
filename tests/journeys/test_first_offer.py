"""The main job: a new user posts a Chinese offer, and partners find it in Vietnamese, Thai and English."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TITLE = "甘蔗尾叶青贮饲料快速发酵菌剂及打捆装备"
SUMMARY = "把收割后丢弃在田里的甘蔗尾叶变成牛羊青贮饲料：移动式粉碎打捆机与低温快速发酵菌剂配套，二十一天即可饲喂。"
DESCRIPTION = (
    "广西每年榨季留下大量甘蔗尾叶，农户多就地焚烧，既污染空气又浪费饲料资源。本技术由可拖挂的粉碎打捆裹包一体机和"
    "耐低温复合乳酸菌剂组成，每小时处理五吨尾叶，含水率七成五也能成捆。发酵二十一天后粗蛋白提高两个百分点，牛的采食量"
    "比干稻草高三成。已在三个肉牛合作社连续使用两个榨季。"
)
SEARCHES = {
    "vi": "biến ngọn và lá mía bỏ lại trên đồng thành thức ăn ủ chua cho bò",
    "th": "ทำยอดและใบอ้อยที่เหลือทิ้งในไร่ให้เป็นอาหารหมักสำหรับวัว",
    "en": "turning sugar cane tops and leaves left on the field into silage for cattle",
}


def register(page: Page) -> None:
    page.goto("/zh-Hans/register")
    page.fill("#name", "黄丽")
    page.fill("#email", "huang.li@example.org")
    page.fill("#password", "four words of tests")
    page.click("main form button")
    page.wait_for_url("**/check-mail")


def open_mail(page: Page) -> None:
    """The mail is written after the commit: a moment later."""
    link = page.locator("main a[href*='/confirm/']").first
    for _attempt in range(20):
        page.goto("/dev/mail")
        if link.count():
            break
        page.wait_for_timeout(300)
    link.click()
    page.click("main form button")
    page.wait_for_url("**/account?notice=confirmed")


def found_organization(page: Page) -> None:
    page.goto("/zh-Hans/organizations/new")
    page.fill("#name", "来宾蔗香生物饲料有限公司")
    page.select_option("#kind", "firm")
    page.select_option("#country", "CN")
    page.select_option("#language", "zh-Hans")
    page.click("main form button")
    page.wait_for_url(re.compile(r"/organizations/.+notice=organization_founded"))


def write_offer(page: Page) -> str:
    page.goto("/zh-Hans/listings/new?kind=offer")
    page.fill("#title", TITLE)
    page.fill("#summary", SUMMARY)
    page.fill("#description", DESCRIPTION)
    page.click("button[value=publish]")  # too early: the draft is kept and the page says what is missing
    expect(page.locator("#advantages-fault")).to_be_visible()
    page.fill("#advantages", "比传统窖贮省工一半，损耗低于百分之五。")
    for name, value in (("industries", "sugar_cane"), ("industries", "livestock"), ("partnership_types", "licence")):
        page.check(f"input[name={name}][value={value}]")
    page.locator("details.sector").nth(3).locator("summary").click()
    page.check("input[name=fields][value='29']")
    page.check("input[name=target_countries][value=VN]")
    page.check("input[name=target_countries][value=TH]")
    page.check("input[name=sdgs][value='12']")
    page.select_option("#stage", "on_the_market")
    page.select_option("#ipr_status", "patent_granted")
    page.click("button[value=publish]")
    page.wait_for_url("**/listings/TO-CN-*notice=published")
    return page.url.split("/listings/")[1].split("?")[0]


def find_by_meaning(page: Page, language: str, words: str, reference: str) -> int | None:
    """Its place among the results, None where it is not on the first page."""
    page.goto(f"/{language}/listings?q={quote(words)}")
    links = page.locator("article.listing h2 a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    address = f"/{language}/listings/{reference}"
    return links.index(address) + 1 if address in links else None


def wait_for_place(page: Page, language: str, words: str, reference: str) -> int | None:
    """By meaning it is found as soon as its vectors are computed, some seconds after its words."""
    for _attempt in range(30):
        if place := find_by_meaning(page, language, words, reference):
            return place
        page.wait_for_timeout(1_000)
    return None


def test_a_chinese_offer_is_found_in_vietnamese_thai_and_english(page: Page) -> None:
    register(page)
    open_mail(page)
    found_organization(page)

    reference = write_offer(page)

    page.wait_for_timeout(2_000)
    page.goto(f"/zh-Hans/listings?q={quote('甘蔗尾叶')}")
    expect(page.locator("article.listing h2").first).to_have_text(TITLE)
    places = {language: wait_for_place(page, language, words, reference) for language, words in SEARCHES.items()}
    assert {language: place in (1, 2, 3) for language, place in places.items()} == dict.fromkeys(SEARCHES, True)
    page.goto(f"/vi/listings/{reference}")
    expect(page.locator("h1")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".glance")).to_contain_text("Mía")
