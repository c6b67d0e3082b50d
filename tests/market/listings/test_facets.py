"""The facets beside the list: each counts and narrows what is published, and the address says it all."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.browsing import browse, read_facets, titles_of
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import Element, read_html
from tests.make.visitor import Visitor

Described = dict[str, Any]
STOCK: dict[str, Described] = {
    "Dryer": {"kind": "offer", "country": "CN", "industries": ["machinery", "energy"], "fields": [29, 31], "trl": 9},
    "Mill": {"kind": "offer", "country": "CN", "industries": ["machinery"], "stage": "on_the_market", "trl": 8},
    "Loom": {
        "kind": "offer", "country": "VN", "industries": ["silk_textiles"], "partnership_types": ["supply", "licence"],
    },
    "Pump": {"kind": "demand", "country": "VN", "industries": ["energy"], "stage": None, "trl": None},
    "Kiln": {"kind": "demand", "country": "TH", "language": "th", "stage": None, "trl": 2},
}  # fmt: skip
DEFAULTS: Described = {
    "industries": ["machinery"], "fields": [29], "stage": "lab_tested", "partnership_types": ["licence"],
    "language": "en", "trl": 4,
}  # fmt: skip
FACETS = {
    "Kind": "kind",
    "Country": "country",
    "Industry": "industries",
    "Field of technology": "fields",
    "Stage of development": "stage",
    "Type of partnership": "partnership_types",
    "Written in": "language",
}
ADDRESS = {
    "kind": "kind", "country": "country", "industries": "industry", "fields": "field", "stage": "stage",
    "partnership_types": "partnership", "language": "written_in",
}  # fmt: skip


@pytest.fixture
def stock(db: Session, lan: User, deliver: Callable[[], None]) -> dict[str, Described]:
    """Five published listings, and in each facet something hidden that must not count."""
    bodies = {
        country: make_organization(db, by=lan, name=f"Works {country}", country=country)
        for country in ("CN", "VN", "TH", "MY")
    }
    for title, described in STOCK.items():
        changes = {"language": "en", **described}
        language, country = changes.pop("language"), changes.pop("country")
        make_listing(db, by=lan, organization=bodies[country], texts={language: title}, **changes)
    make_draft(db, by=lan, organization=bodies["MY"], texts={"my": "Hidden"}, industries=["ict"], fields=[1])
    deliver()
    return {title: {**DEFAULTS, **described} for title, described in STOCK.items()}


def codes_of(described: Described, facet: str) -> list[str]:
    value = described[facet]
    return [str(code) for code in (value if isinstance(value, list) else [value]) if code is not None]


def follow(visitor: Visitor, page: Element, facet: str, label: str) -> Element:
    (section,) = [part for part in page.find_all("section", css="facet") if part.find("h2").text == facet]
    (link,) = [link for link in section.find_all("a") if link.find_all("span")[1].text == label]
    return browse(visitor, "/en/listings" + link.attributes["href"])


def test_every_facet_counts_what_is_published_and_nothing_hidden(visitor: Visitor, stock: dict[str, Described]) -> None:
    page = browse(visitor, "/en/listings")

    facets = read_facets(page)
    counts = {
        title: sorted(Counter(code for one in stock.values() for code in codes_of(one, name)).values())
        for title, name in FACETS.items()
    }
    assert {title: sorted(facet.values()) for title, facet in facets.items()} == counts
    assert facets["Kind"] == {"Technology offer": 3, "Technology demand": 2}
    assert facets["Country"] == {"China": 2, "Vietnam": 2, "Thailand": 1}
    assert facets["Written in"] == {"English": 4, "Thai": 1}
    assert page.find("div", css="results-head").find_all("p")[0].text == "5 listings"


@pytest.mark.parametrize("facet", ADDRESS)
def test_each_facet_narrows_to_its_code_and_counts_the_others(
    visitor: Visitor, stock: dict[str, Described], facet: str
) -> None:
    codes = sorted({code for one in stock.values() for code in codes_of(one, facet)})

    shown = {code: titles_of(browse(visitor, f"/en/listings?{ADDRESS[facet]}={code}")) for code in codes}

    assert {code: sorted(titles) for code, titles in shown.items()} == {
        code: sorted(title for title, one in stock.items() if code in codes_of(one, facet)) for code in codes
    }


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=offer&country=CN", ["Dryer", "Mill"]),
        ("country=CN&country=TH", ["Dryer", "Kiln", "Mill"]),
        ("industry=machinery&industry=energy&kind=demand", ["Kiln", "Pump"]),
        ("field=29&field=31&stage=lab_tested", ["Dryer", "Loom"]),
        ("trl_min=8", ["Dryer", "Mill"]),
        ("trl_min=9&kind=offer", ["Dryer"]),
        ("written_in=th&written_in=my", ["Kiln"]),
        ("kind=demand&partnership=supply", []),
        ("kind=offer&kind=offer", ["Dryer", "Loom", "Mill"]),
        ("kind=&country=", ["Dryer", "Kiln", "Loom", "Mill", "Pump"]),
    ],
)
def test_within_a_facet_any_and_between_facets_all(
    visitor: Visitor, stock: dict[str, Described], query: str, titles: list[str]
) -> None:
    page = browse(visitor, f"/en/listings?{query}")

    assert sorted(titles_of(page)) == titles
    counted = page.find("div", css="results-head").find_all("p")[0].text
    assert counted == ("1 listing" if len(titles) == 1 else f"{len(titles)} listings")


def test_a_facet_that_narrows_counts_what_its_other_codes_would_add(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    facets = read_facets(browse(visitor, "/en/listings?kind=offer&country=VN"))

    assert facets["Kind"] == {"Technology offer": 1, "Technology demand": 1}
    assert facets["Country"] == {"China": 2, "Vietnam": 1}
    assert facets["Industry"] == {"Silk and textiles": 1}


def test_a_choice_that_counts_nothing_stays_visible_and_can_be_taken_back(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    page = browse(visitor, "/en/listings?country=MM&kind=demand")

    assert titles_of(page) == []
    assert read_facets(page)["Country"]["Myanmar (Burma)"] == 0
    assert sorted(titles_of(follow(visitor, page, "Country", "Myanmar (Burma)"))) == ["Kiln", "Pump"]


def test_links_of_facets_add_and_take_back_and_one_clears_all(visitor: Visitor, stock: dict[str, Described]) -> None:
    page = browse(visitor, "/en/listings?q=")
    for facet, label in (("Kind", "Technology offer"), ("Country", "Vietnam"), ("Country", "China")):
        page = follow(visitor, page, facet, label)

    assert sorted(titles_of(page)) == ["Dryer", "Loom", "Mill"]
    chosen = [link.find_all("span")[1].text for link in page.find_all("a", css="chosen")]
    assert sorted(chosen) == ["China", "Technology offer", "Vietnam"]
    assert titles_of(follow(visitor, page, "Country", "China")) == ["Loom"]
    (clear,) = [link for link in page.find_all("a") if link.text == "Clear all"]
    assert len(titles_of(browse(visitor, "/en/listings" + clear.attributes["href"]))) == 5


@pytest.mark.parametrize("code", LANGUAGES)
def test_facets_are_named_in_the_readers_language(
    visitor: Visitor, stock: dict[str, Described], renderer: Renderer, code: str
) -> None:
    reader = renderer.reader(code)

    facets = read_facets(browse(visitor, f"/{code}/listings"))

    assert list(facets) == [reader.gettext(title) for title in (
        "Kind", "Country", "Industry", "Field of technology", "Stage of development", "Type of partnership",
        "Written in",
    )]  # fmt: skip
    assert facets[reader.gettext("Country")] == {
        reader.format.country(c): n for c, n in (("CN", 2), ("VN", 2), ("TH", 1))
    }
    assert facets[reader.gettext("Written in")] == {reader.format.language("en"): 4, reader.format.language("th"): 1}
    assert facets[reader.gettext("Kind")] == {
        reader.gettext("Technology offer"): 3, reader.gettext("Technology demand"): 2,
    }  # fmt: skip


def test_the_language_switch_and_the_search_box_keep_what_is_chosen(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    page = browse(visitor, "/en/listings?kind=offer&country=VN&country=CN&trl_min=4&sort=expiring")

    (thai,) = [link for link in page.find_all("a", hreflang="th") if "menu" not in link.classes]
    assert titles_of(browse(visitor, thai.attributes["href"])) == titles_of(page)
    form = page.find("form", css="search")
    hidden = [(box.attributes["name"], box.attributes["value"]) for box in form.find_all("input", type="hidden")]
    assert sorted(hidden) == [("country", "CN"), ("country", "VN"), ("kind", "offer"), ("trl_min", "4")]


@pytest.mark.parametrize(
    "query", ["unknown=1", "KIND=gift", "kind", "=", "&&&", "%zz", "q=%ff%fe", "notice=nothing", "notice=%3Cb%3E"]
)
def test_what_means_nothing_to_us_is_let_be(visitor: Visitor, stock: dict[str, Described], query: str) -> None:
    answer = visitor.get(f"/en/listings?{query}")

    assert answer.status_code == 200
    assert read_html(answer).find_all("p", css="good") == []


def test_an_address_shows_the_same_to_everybody(
    db: Session, lan: User, visitor: Visitor, sign_in: Callable[..., Visitor], stock: dict[str, Described]
) -> None:
    address = "/en/listings?kind=offer&industry=machinery&sort=expiring"
    browsers: Sequence[Visitor] = [visitor, sign_in(lan), sign_in(make_user(db)), sign_in(make_user(db, staff=True))]

    shown = [titles_of(browse(browser, address)) for browser in browsers]

    assert shown == [shown[0]] * 4
    assert len(shown[0]) == 2
