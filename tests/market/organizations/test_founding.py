"""Founding an organization and changing what it says of itself."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.kernel.db import Database
from market.organizations.models import Membership, Organization
from market.taxonomy.values import COUNTRIES, ORGANIZATION_KINDS
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.hostile import MARKUP, ODD_TEXTS
from tests.make.reading import is_linked_data, read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor

WORKS = {
    "name": "柳江机械厂",
    "name_en": "Liujiang Machine Works",
    "kind": "firm",
    "country": "CN",
    "city": "柳州",
    "website": "https://www.example.org/works?a=1",
    "language": "zh-Hans",
    "description": "生产干燥机。\n\n成立于一九八二年。",
}


@pytest.fixture
def browser(db: Session, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(make_user(db, email="owner@example.org"))


def found(browser: Visitor, **changes: str) -> Response:
    return browser.post("/en/organizations/new", {**WORKS, **changes})


def test_the_form_founds_an_organization_and_its_founder_is_its_owner(browser: Visitor) -> None:
    form = read_form(browser.get("/vi/organizations/new"), "/organizations/new")

    shown = browser.post(form.address, form.filled(WORKS), token=form.values["_token"][0])

    page = read_html(shown)
    assert shown.url.path == "/vi/organizations/liujiang-machine-works"
    assert (page.find("h1").text, page.find("h1").attributes["lang"]) == (WORKS["name"], "zh-Hans")
    assert page.find("div", css="prose").texts("p") == ["生产干燥机。", "成立于一九八二年。"]
    assert [link.text for link in page.find_all("a", href=WORKS["website"])] == [WORKS["website"]]
    members = read_html(browser.get("/en/organizations/liujiang-machine-works/members"))
    assert [[cell.text for cell in row.find_all("td")] for row in members.find_all("tr")[1:]] == [
        ["Lan owner@example.org", "Owner", "Leave"]
    ]


def test_the_form_offers_every_country_kind_and_language(browser: Visitor) -> None:
    page = read_html(browser.get("/en/organizations/new"))

    offered = {
        select.attributes["name"]: sorted(option.attributes["value"] for option in select.find_all("option"))
        for select in page.find_all("select")
    }
    assert offered == {
        "kind": sorted(["", *ORGANIZATION_KINDS]),
        "country": sorted(["", *COUNTRIES]),
        "language": sorted(LANGUAGES),
    }


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_fault_stands_beside_its_field_in_the_language_of_the_reader(
    browser: Visitor, database: Database, renderer: Renderer, code: str
) -> None:
    before = take_stock(database)

    answer = browser.post(
        f"/{code}/organizations/new",
        {**WORKS, "name": "", "kind": "club", "country": "XX", "website": "javascript:alert(1)", "language": "xx"},
    )

    say = renderer.reader(code).gettext
    unknown = say("Please choose one of the values offered.")
    assert answer.status_code == 422
    assert read_faults(answer) == {
        "name": say("Please fill in this field."),
        "kind": unknown,
        "country": unknown,
        "website": say("Please write a web address like https://www.example.org."),
        "language": unknown,
    }
    assert "Please" not in " ".join(read_faults(answer).values())
    kept = read_form(answer, "/organizations/new").values
    assert (kept["city"], kept["description"]) == ([WORKS["city"]], [WORKS["description"]])
    assert take_stock(database) == before


LONGEST = {"name": 160, "name_en": 160, "city": 80, "description": 4_000}


@pytest.mark.parametrize(("field", "longest"), LONGEST.items(), ids=LONGEST)
def test_a_text_is_measured_as_it_is_stored(browser: Visitor, database: Database, field: str, longest: int) -> None:
    becomes_two = "\u0958"
    texts = ["ก" * longest, "ก" * (longest + 1), becomes_two * (longest // 2 + 1)]

    answers = [found(browser, **{field: text}) for text in texts]

    assert [answer.status_code for answer in answers] == [200, 422, 422]
    assert [list(read_faults(answer)) for answer in answers] == [[], [field], [field]]
    assert [len(value) for value in read_stored(database, select(getattr(Organization, field)))] == [longest]


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b\u200b", "\u202e\u202c", "\ufffd\x00", "...", "\u3164\uffa0"], ids=ascii
)
def test_an_organization_has_a_name_that_can_be_seen(browser: Visitor, database: Database, text: str) -> None:
    answer = found(browser, name=text)

    assert (answer.status_code, list(read_faults(answer))) == (422, ["name"])
    assert count_stored(database, Organization, Membership) == [0, 0]


@pytest.mark.parametrize(
    "website",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "//example.org", "www.example.org", "http://",
        "https://user:secret@example.org", "https://127.0.0.1", "https://localhost", "https://example.org/ a",
        'https://example.org/"onclick="x', "https://example.org/<b>", "https://exämple.org", "https://example.org:123456",
        "https://example.org/" + "x" * 300, "HTTPS://EXAMPLE.ORG\r\nx", "https://example.org\\@evil.example",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(browser: Visitor, database: Database, website: str) -> None:
    answer = found(browser, website=website)

    assert (answer.status_code, list(read_faults(answer))) == (422, ["website"])
    assert count_stored(database, Organization) == [0]


@pytest.mark.parametrize("field", [*WORKS, "slug", "verified_at", "version", "id"])
def test_odd_texts_in_any_field_are_taken_or_refused_on_a_page(browser: Visitor, field: str) -> None:
    answers = {name: found(browser, **{field: text}).status_code for name, text in ODD_TEXTS.items()}

    assert set(answers.values()) <= {200, 422}
    assert field in WORKS or set(answers.values()) == {422}


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_in_any_field_is_text_on_every_page_that_shows_it(browser: Visitor, text: str) -> None:
    shown = text.replace("\x00", "\ufffd")
    answer = browser.post(
        "/en/organizations/new", {**WORKS, "name": text, "name_en": text, "city": text, "description": text}
    )

    address = answer.url.path
    pages = {
        "own": read_html(answer),
        "list": read_html(browser.get("/en/organizations")),
        "edit": read_html(browser.get(f"{address}/edit")),
        "members": read_html(browser.get(f"{address}/members")),
        "own listings": read_html(browser.get("/en/account/listings")),
        "new listing": read_html(browser.get("/en/listings/new")),
    }
    assert pages["own"].find("h1").text == shown
    assert pages["list"].find("h2").text == shown
    assert read_form(pages["edit"], "/edit").values["description"] == [shown]
    assert [element.tag for page in pages.values() for element in page.walk() if is_ours_not(element.attributes)] == []
    scripts = [script for page in pages.values() for script in page.find_all("script") if script.raw_text.strip()]
    assert [script.attributes for script in scripts if not is_linked_data(script)] == []


def is_ours_not(attributes: dict[str, str]) -> bool:
    """Whether an element has a handler or an address that runs a script: no page of ours has one."""
    return any(name.startswith("on") for name in attributes) or any(
        value.strip().casefold().startswith(("javascript:", "data:"))
        for name, value in attributes.items()
        if name == "href"
    )


def test_the_same_form_sent_again_makes_one_organization(browser: Visitor, database: Database) -> None:
    answers = [found(browser).url.path for _ in range(2)]
    together = post_together([(browser, "/en/organizations/new", WORKS)] * 3)

    assert answers == ["/en/organizations/liujiang-machine-works"] * 2
    assert [answer.headers["location"].split("?")[0] for answer in together] == [answers[0]] * 3
    assert count_stored(database, Organization, Membership) == [1, 1]


def test_two_people_may_found_organizations_of_the_same_name(
    db: Session, browser: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    first, second = found(browser), found(sign_in(make_user(db)))

    assert second.url.path.startswith(f"{first.url.path}-")
    assert len(second.url.path) == len(first.url.path) + 7


@pytest.mark.parametrize("name", ["New", "new", "¡New!"])
def test_a_name_like_a_page_of_ours_gets_another_address(browser: Visitor, name: str) -> None:
    answer = found(browser, name_en=name)

    assert answer.url.path.startswith("/en/organizations/new-")
    assert read_html(answer).find("h1").text == WORKS["name"]


@pytest.mark.parametrize("name", ["柳江机械厂", "บริษัท", "ក្រុមហ៊ុន", "!!! ກ"])
def test_a_name_without_latin_letters_gets_an_address_all_the_same(browser: Visitor, name: str) -> None:
    answer = found(browser, name=name, name_en="")

    assert answer.url.path.startswith("/en/organizations/cn-")
    assert answer.status_code == 200


def test_who_has_not_confirmed_the_address_cannot_found(
    db: Session, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(make_user(db, confirmed=False))

    shown, sent = browser.get("/en/organizations/new"), found(browser)

    assert [form for form in read_html(shown).find_all("form") if "organizations" in form.attributes["action"]] == []
    assert (sent.status_code, read_html(sent).find("h1").text) == (
        403,
        "Please confirm your mail address first: the link is in the mail we sent you.",
    )
    assert count_stored(database, Organization) == [0]


def test_an_owner_changes_what_the_organization_says(browser: Visitor) -> None:
    address = found(browser).url.path
    form = read_form(browser.get(f"{address}/edit"), "/edit")

    shown = browser.post(form.address, form.filled({"name": "柳江新厂", "city": ""}), token=form.values["_token"][0])

    assert (shown.url.path, read_html(shown).find("h1").text) == (address, "柳江新厂")


def test_a_second_editor_sees_the_difference_and_overwrites_nothing_unseen(
    db: Session, browser: Visitor, sign_in: Callable[..., Visitor], database: Database
) -> None:
    address = found(browser).url.path
    other = sign_in(make_user(db, staff=True))
    mine, theirs = (read_form(one.get(f"{address}/edit"), "/edit") for one in (browser, other))
    other.post(theirs.address, theirs.filled({"city": "南宁", "name_en": "Theirs"}))

    refused = browser.post(mine.address, mine.filled({"city": "桂林"}))

    assert refused.status_code == 409
    rows = read_html(refused).find("table").find_all("tr")[1:]
    assert [[cell.text for child in ("th", "td") for cell in row.find_all(child)] for row in rows] == [
        ["Name in English", "Liujiang Machine Works", "Theirs"],
        ["City", "桂林", "南宁"],
    ]
    assert read_stored(database, select(Organization.city)) == ["南宁"]
    again = read_form(refused, "/edit")
    browser.post(again.address, again.values)
    assert read_stored(database, select(Organization.city)) == ["桂林"]


def test_a_fault_corrected_does_not_overwrite_what_somebody_else_saved_meanwhile(
    db: Session, browser: Visitor, sign_in: Callable[..., Visitor], database: Database
) -> None:
    address = found(browser).url.path
    other = sign_in(make_user(db, staff=True))
    mine, theirs = (read_form(one.get(f"{address}/edit"), "/edit") for one in (browser, other))
    other.post(theirs.address, theirs.filled({"city": "南宁"}))

    faulty = browser.post(mine.address, mine.filled({"website": "no address"}))
    corrected = read_form(faulty, "/edit")
    sent = browser.post(corrected.address, corrected.filled({"website": ""}))

    assert (faulty.status_code, sent.status_code) == (422, 409)
    assert read_stored(database, select(Organization.city)) == ["南宁"]


def test_of_editors_at_the_same_moment_one_saves_and_the_others_are_asked_to_compare(
    browser: Visitor, database: Database
) -> None:
    address = found(browser).url.path

    sent = [(browser, f"{address}/edit", {**WORKS, "city": city, "_version": "1"}) for city in ("南宁", "桂林", "北海")]

    assert sorted(answer.status_code for answer in post_together(sent)) == [303, 409, 409]
    assert read_stored(database, select(Organization.version)) == [2]


def test_a_double_click_on_save_saves_once(
    browser: Visitor, database: Database, facts: Callable[[], list[str]]
) -> None:
    address = found(browser).url.path
    sent = (browser, f"{address}/edit", {**WORKS, "city": "南宁", "_version": "1"})

    assert [answer.status_code for answer in post_together([sent] * 3)] == [303, 303, 303]
    assert read_stored(database, select(Organization.version)) == [2]
    assert facts().count("OrganizationChanged") == 1


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "１", "9" * 30, "0"])
def test_a_version_that_no_form_of_ours_carries_changes_nothing(
    browser: Visitor, database: Database, version: str
) -> None:
    address = found(browser).url.path
    before = take_stock(database)

    answer = browser.post(f"{address}/edit", {**WORKS, "city": "南宁", "_version": version})

    assert answer.status_code in (400, 409)
    assert take_stock(database) == before


def test_an_organization_that_is_none_is_not_found(browser: Visitor) -> None:
    addresses = ["x", "%00", "%ff", "x" * 3_000, "' OR 1=1"]
    statuses = [
        browser.get(f"/en/organizations/{slug}{page}").status_code
        for slug in addresses
        for page in ("", "/edit", "/members")
    ]

    assert set(statuses) <= {400, 404}
