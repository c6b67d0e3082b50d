"""The whole way of a firm through its pages: from a visitor to an offer that others read, and all that follows."""

from collections.abc import Callable

from sqlalchemy import select

from market.accounts.models import User
from market.kernel.db import Database
from market.listings.models import Listing
from market.organizations.models import Organization
from market.web.rendering import Renderer
from tests.make.accounts import PASSWORD
from tests.make.mails import read_mails
from tests.make.reading import Element, read_faults, read_form, read_html, read_titles
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

WORDS = {
    "title": "小型木薯热泵干燥机",
    "summary": "面向村镇木薯加工厂的热泵干燥机，每天干燥三吨木薯片。",
    "description": "机组利用热泵回收排湿余热。\n\n电耗比热风干燥低一半，适合潮湿地区。",
    "advantages": "电耗降低百分之五十。",
    "keywords": "木薯，干燥，热泵",
}
STRUCTURE: dict[str, str | list[str]] = {
    "stage": "on_the_market",
    "trl": "9",
    "ipr_status": "patent_granted",
    "partnership_types": ["licence", "joint_venture"],
    "fields": ["29", "31"],
    "industries": ["cassava_starch", "food_processing"],
    "sdgs": ["7", "9"],
    "target_countries": ["VN", "LA"],
    "price_amount": "120,000",
    "price_currency": "CNY",
    "price_basis": "per_unit",
}


def send(
    visitor: Visitor, address: str, form_end: str, fields: dict[str, str | list[str]], *, button: str = ""
) -> Element:
    """Open a page, fill in its form and press a button; the page that follows."""
    form = read_form(visitor.get(address), form_end)
    pressed = {"_action": button} if button else {}
    response = visitor.post(form.address, {**form.filled(fields), **pressed}, token=form.values["_token"][0])
    assert response.status_code == 200, read_faults(response)
    return read_html(response)


def press(visitor: Visitor, page: Element, form_end: str) -> Element:
    form = read_form(page, form_end)
    return read_html(visitor.post(form.address, form.values, token=form.values["_token"][0]))


def register(visitor: Visitor, deliver: Callable[[], None]) -> None:
    """An account, confirmed by mail."""
    send(visitor, "/zh-Hans/register", "/register", {"name": "韦兰", "email": "lan@example.org", "password": PASSWORD})
    deliver()
    link = read_mails(visitor)[0].links[0]
    send(visitor, link, link, {"password": PASSWORD})


def found_organization(visitor: Visitor, say: Callable[[str], str]) -> None:
    page = send(
        visitor, "/zh-Hans/organizations/new", "/organizations/new",
        {"name": "柳江机械厂", "kind": "firm", "country": "CN", "city": "柳州"},
    )  # fmt: skip
    assert page.find("p", css="good").text == say("Your organization is here. Now write your first offer or demand.")


def draft_too_little(visitor: Visitor, say: Callable[[str], str]) -> None:
    """A draft that lacks something: what is written stays, what is missing is marked in Chinese."""
    page = send(visitor, "/zh-Hans/listings/new", "/listings/new", {**WORDS}, button="publish")
    missing = {fault.attributes["id"].removesuffix("-fault"): fault.text for fault in page.find_all("p", css="fault")}
    assert missing == dict.fromkeys(
        ("industries", "fields", "stage", "ipr_status", "partnership_types", "target_countries", "sdgs"),
        say("Needed before this can be published."),
    )
    assert read_form(page, "/edit").values["title"] == [WORDS["title"]]


def preview(visitor: Visitor, own: str, say: Callable[[str], str], *, stranger: Visitor) -> Element:
    """Still for its own people alone."""
    page = send(visitor, f"{own}/edit", "/edit", STRUCTURE, button="preview")
    assert page.find("h1").text == WORDS["title"]
    assert say("Only your organization sees this. This is how it will look.") in page.find("div", css="owner-bar").text
    assert stranger.get(own).status_code == 404
    return page


def read_in_vietnamese(reader: Visitor, reference: str, renderer: Renderer) -> None:
    """Published: found by its words, read by a stranger in another language."""
    assert read_titles(reader.get("/zh-Hans/listings?q=木薯干燥机")) == [WORDS["title"]]
    shown = read_html(reader.get(f"/vi/listings/{reference}"))
    assert (shown.find("h1").text, shown.find("h1").attributes["lang"]) == (WORDS["title"], "zh-Hans")
    glance = {row.find("dt").text: row.find("dd").text for row in shown.find("aside", css="glance").find_all("div")}
    read = renderer.reader("vi")
    assert glance[read.gettext("Price")] == f"CNY 120.000 ({read.gettext('per unit')})"
    assert glance[read.gettext("Target countries")] == read.format.country("VN") + read.format.country("LA")


def translate(visitor: Visitor, own: str, *, reader: Visitor) -> None:
    """The Vietnamese reader gets the translation and is told."""
    send(visitor, f"{own}/translations/vi", "/translations/vi", {"title": "Máy sấy sắn bơm nhiệt cỡ nhỏ"})
    shown = read_html(reader.get(own.replace("/zh-Hans/", "/vi/")))
    assert (shown.find("h1").text, shown.find("h1").attributes["lang"]) == ("Máy sấy sắn bơm nhiệt cỡ nhỏ", "vi")


def take_care(visitor: Visitor, own: str, say: Callable[[str], str], *, reader: Visitor, database: Database) -> None:
    """Edited, copied, withdrawn, published again, renewed; the copy is thrown away."""
    page = send(visitor, f"{own}/edit", "/edit", {"title": "新型木薯热泵干燥机"}, button="publish")
    assert page.find("h1").text == "新型木薯热泵干燥机"
    copy = press(visitor, page, "/copy")
    assert copy.find("p", css="good").text == say("This is a copy. Change what differs, then publish it.")
    assert count_stored(database, Listing) == [2]
    page = press(visitor, read_html(visitor.get(own)), "/withdraw")
    assert page.find("p", css="good").text == say("Withdrawn. Nobody but you sees it now.")
    assert reader.get(own).status_code == 404
    page = press(visitor, page, "/publish")
    page = press(visitor, page, "/renew")
    assert page.find("p", css="good").text == say("Renewed for a year.")
    page = press(visitor, copy, "/delete")
    assert page.find("p", css="good").text == say("The draft is deleted.")
    assert [row.text for row in page.find("tbody").find_all("a", lang="zh-Hans")] == ["新型木薯热泵干燥机"]


def test_a_firm_registers_founds_writes_publishes_and_takes_care_of_its_offer(
    visitor: Visitor, deliver: Callable[[], None], database: Database, renderer: Renderer
) -> None:
    say = renderer.reader("zh-Hans").gettext
    stranger, reader = (Visitor(visitor.app, visitor.settings) for _ in range(2))

    register(visitor, deliver)
    found_organization(visitor, say)
    draft_too_little(visitor, say)
    assert count_stored(database, User, Organization, Listing) == [1, 1, 1]
    (reference,) = read_stored(database, select(Listing.reference))
    own = f"/zh-Hans/listings/{reference}"

    page = preview(visitor, own, say, stranger=stranger)
    page = press(visitor, page, "/publish")
    assert page.find("p", css="good").text == say("Published. It can be found within seconds.")
    deliver()
    read_in_vietnamese(stranger, reference, renderer)

    reader.form_token()  # whoever has a cookie is shown no page kept for others
    translate(visitor, own, reader=reader)
    take_care(visitor, own, say, reader=reader, database=database)
    assert count_stored(database, Listing) == [1]
