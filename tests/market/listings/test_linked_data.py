"""What public pages say to search engines and to whoever passes them on: in their heads, as text and as linked data."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingText
from market.organizations.models import Organization
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.hostile import MARKUP
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import Element, read_html
from tests.make.visitor import Visitor

SITE = "http://127.0.0.1:8000"
CANARY = "kanarienvogel"
LINE_SEPARATORS = "Kiln\u2028for\u2029cassava"


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


def read_head(visitor: Visitor, address: str) -> Element:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return read_html(answer).find("head")


def read_linked_data(visitor: Visitor, address: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(
        read_head(visitor, address).find("script", type="application/ld+json").raw_text
    )
    return described


def by_type(described: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["@type"]: node for node in described["@graph"]}


def read_canonical(head: Element) -> str:
    return head.find("link", rel="canonical").attributes["href"]


def read_alternates(head: Element) -> dict[str, str]:
    links = [link.attributes for link in head.find_all("link", rel="alternate") if "hreflang" in link.attributes]
    return {link["hreflang"]: link["href"] for link in links}


def read_meta(head: Element) -> dict[str, str]:
    pairs = [(meta.attributes.get("property", meta.attributes.get("name", "")), meta) for meta in head.find_all("meta")]
    return {name: meta.attributes["content"] for name, meta in pairs if name == "description" or name.startswith("og:")}


# Linked data ---------------------------------------------------------------------------------------------------------


def test_an_offer_is_an_offer(visitor: Visitor, db: Session, lan: User, works: Organization) -> None:
    until = utc_now().date() + timedelta(days=90)
    listing = make_listing(
        db, by=lan, organization=works, texts={"vi": "Lò sấy sắn"}, expires_on=until, target_countries=["TH", "LA"],
        price_amount="120000.50", price_currency="CNY", price_basis="total", fields=[29, 30],
    )  # fmt: skip
    address, name = f"{SITE}/vi/listings/{listing.reference}", f"tag:127.0.0.1,2026:listing/{listing.reference}"
    owner = f"tag:127.0.0.1,2026:organization/{works.slug}"

    described = read_linked_data(visitor, f"/vi/listings/{listing.reference}")

    nodes = by_type(described)
    words: dict[str, Any] = {"name": "Lò sấy sắn", "description": "Lò sấy sắn: a short summary."}
    fields = ["Máy chuyên dụng khác", "Quá trình và thiết bị nhiệt"]
    published = nodes["Offer"].pop("validFrom")
    assert described["@context"] == ["https://schema.org", {"@language": "vi"}]
    assert nodes["Offer"] == {
        "@type": "Offer", "@id": name, "identifier": listing.reference, "url": address, **words,
        "category": fields, "itemOffered": {"@type": "Product", **words, "category": fields},
        "areaServed": [
            {"@type": "Country", "identifier": "TH", "name": "Thái Lan"},
            {"@type": "Country", "identifier": "LA", "name": "Lào"},
        ],
        "validThrough": until.isoformat(), "availabilityEnds": until.isoformat(),
        "price": "120000.50", "priceCurrency": "CNY", "offeredBy": {"@id": owner},
    }  # fmt: skip
    assert nodes["WebPage"] == {
        "@type": "WebPage", "@id": address, "url": address, "inLanguage": "vi", "datePublished": published,
        "dateModified": published, "mainEntity": {"@id": name},
    }  # fmt: skip
    assert nodes["Organization"] == {
        "@type": "Organization", "@id": owner, "url": f"{SITE}/vi/organizations/{works.slug}",
        "name": {"@language": "en", "@value": "Liujiang Works"}, "makesOffer": {"@id": name},
    }  # fmt: skip


def test_a_demand_is_a_demand_with_a_budget(visitor: Visitor, db: Session, lan: User) -> None:
    listing = make_listing(db, by=lan, kind="demand", price_amount="5000000", price_currency="VND", price_basis="total")

    nodes = by_type(read_linked_data(visitor, f"/en/listings/{listing.reference}"))

    demand = nodes["Demand"]
    assert set(nodes) == {"WebPage", "Demand", "Organization"}
    assert demand["priceSpecification"] == {
        "@type": "PriceSpecification", "maxPrice": "5000000", "priceCurrency": "VND",
    }  # fmt: skip
    assert {"price", "offeredBy", "category"}.isdisjoint(demand)
    assert nodes["Organization"]["seeks"] == {"@id": demand["@id"]}


def test_words_in_another_language_than_the_page_say_so(visitor: Visitor, db: Session, lan: User) -> None:
    listing = make_listing(db, by=lan, texts={"th": "เตาอบแห้ง"})

    nodes = by_type(read_linked_data(visitor, f"/vi/listings/{listing.reference}"))

    assert nodes["Offer"]["name"] == {"@language": "th", "@value": "เตาอบแห้ง"}
    assert nodes["Offer"]["category"] == ["Máy chuyên dụng khác"]
    assert nodes["WebPage"]["url"] == f"{SITE}/th/listings/{listing.reference}"
    assert nodes["WebPage"]["inLanguage"] == "th"


def test_an_organization_says_what_its_page_shows(visitor: Visitor, db: Session, works: Organization) -> None:
    db.execute(
        update(Organization).values(
            language="zh-Hans", name="柳江机械", name_en="Liujiang Works", city="柳州", website="https://liujiang.example",
            description="干燥设备。\n\n自 1999 年。",
        )
    )  # fmt: skip
    db.commit()

    described = read_linked_data(visitor, f"/zh-Hans/organizations/{works.slug}")

    assert described == {
        "@context": ["https://schema.org", {"@language": "zh-Hans"}],
        "@type": "Organization", "@id": f"tag:127.0.0.1,2026:organization/{works.slug}",
        "url": f"{SITE}/zh-Hans/organizations/{works.slug}", "name": "柳江机械",
        "alternateName": {"@language": "en", "@value": "Liujiang Works"},
        "address": {"@type": "PostalAddress", "addressCountry": "CN", "addressLocality": "柳州"},
        "description": "干燥设备。 自 1999 年。", "sameAs": "https://liujiang.example",
    }  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_home_page_says_how_to_search_the_site(visitor: Visitor, renderer: Renderer, code: str) -> None:
    site = read_linked_data(visitor, f"/{code}/")

    say = renderer.reader(code).gettext
    action = site["potentialAction"]
    assert (site["@type"], site["url"], site["inLanguage"]) == ("WebSite", f"{SITE}/{code}/", code)
    assert site["name"] == say("China–ASEAN Technology Market")
    assert action["query-input"] == "required name=search_term_string"
    template = action["target"]["urlTemplate"].removeprefix(SITE)
    found = visitor.get(template.replace("{search_term_string}", "kiln"))
    assert read_html(found).find("input", id="q").attributes["value"] == "kiln"


STORABLE = [text for text in MARKUP.values() if "\x00" not in text]
"""What can get into the database: no author's NUL does."""


@pytest.mark.parametrize("text", [*STORABLE, LINE_SEPARATORS, "</script", "<!--<script>", "]]>&lt;"])
def test_nothing_in_a_text_ends_the_block(
    visitor: Visitor, db: Session, lan: User, works: Organization, text: str
) -> None:
    listing = make_listing(db, by=lan, organization=works)
    db.execute(update(ListingText).values(title=text, summary=text))
    db.execute(update(Organization).values(name=text, description=text))
    db.commit()

    for address in (f"/en/listings/{listing.reference}", f"/en/organizations/{works.slug}"):
        source = visitor.get(address).text
        head = read_html(source).find("head")
        block = head.find("script", type="application/ld+json").raw_text
        described = json.loads(block)
        named = described if "@graph" not in described else by_type(described)["Offer"]
        assert named["name"] == text
        assert {"<", ">", "&", "'", "\u2028", "\u2029"}.isdisjoint(block)
        assert len(read_html(source).find_all("script")) == 2
        assert read_meta(head)["og:title"] == " ".join(text.split())
        assert read_meta(head)["description"] == " ".join(text.split())


# Addresses -----------------------------------------------------------------------------------------------------------


def test_a_listing_counts_in_the_languages_it_has_words_in(visitor: Visitor, db: Session, lan: User) -> None:
    """Elsewhere the same words would be shown again: there the original counts."""
    listing = make_listing(db, by=lan, texts={"th": "เตาอบแห้ง", "vi": "Lò sấy", "en": "Kiln"})
    addresses = {code: f"{SITE}/{code}/listings/{listing.reference}" for code in ("th", "en", "vi")}

    heads = {code: read_head(visitor, f"/{code}/listings/{listing.reference}") for code in LANGUAGES}

    own = {code: addresses.get(code, addresses["th"]) for code in LANGUAGES}
    assert {code: read_canonical(head) for code, head in heads.items()} == own
    assert [read_alternates(head) for head in heads.values()] == [addresses] * 12


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ("/", "/"),
        ("/?notice=signed_out&utm_source=x", "/"),
        ("/about?x=1", "/about"),
        ("/listings?utm_source=x", "/listings"),
        ("/listings?country=VN&kind=offer", "/listings?kind=offer&country=VN"),
        ("/listings?q=kiln&offset=20", "/listings?q=kiln&offset=20"),
        ("/organizations?country=VN&x=1", "/organizations?country=VN"),
        ("/organizations?country=XX", "/organizations"),
        ("/organizations/liujiang-works?notice=saved", "/organizations/liujiang-works"),
    ],
)
def test_a_page_counts_once_whatever_hangs_on_its_address(
    visitor: Visitor, works: Organization, asked: str, counts: str
) -> None:
    head = read_head(visitor, f"/vi{asked}")

    assert read_canonical(head) == f"{SITE}/vi{counts}"
    assert read_alternates(head) == {code: f"{SITE}/{code}{counts}" for code in LANGUAGES}


def test_addresses_are_the_sites_own_whatever_host_was_asked(visitor: Visitor) -> None:
    head = read_html(visitor.get("/en/", headers={"host": "evil.example"})).find("head")

    assert "evil" not in str(head)


# Sharing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_public_pages_can_be_passed_on_in_every_language(
    visitor: Visitor, db: Session, lan: User, works: Organization, code: str
) -> None:
    listing = make_listing(db, by=lan, organization=works, texts={code: "Drying kiln"})
    pages = ("", "about", "listings", "organizations", f"organizations/{works.slug}", f"listings/{listing.reference}")

    shared = {page: read_meta(read_head(visitor, f"/{code}/{page}")) for page in pages}

    own = shared.pop(f"listings/{listing.reference}")
    assert (own["og:title"], own["og:type"]) == ("Drying kiln", "article")
    assert own["description"] == own["og:description"] == "Drying kiln: a short summary."
    assert [page["og:type"] for page in shared.values()] == ["website"] * 5
    assert [name for name, page in shared.items() if not (page["description"] and page["og:title"])] == []
    assert [page["og:url"] for page in shared.values()] == [f"{SITE}/{code}/{page}" for page in pages[:-1]]


def test_a_long_text_is_cut_for_passing_on(visitor: Visitor, db: Session, lan: User) -> None:
    listing = make_listing(db, by=lan, summary="A kiln for cassava. " * 25)

    description = read_meta(read_head(visitor, f"/en/listings/{listing.reference}"))["description"]

    assert 100 < len(description) <= 241
    assert description.endswith("…")


# Nothing private -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.WITHDRAWN, ListingState.EXPIRED])
def test_what_is_not_public_describes_itself_to_nobody(
    db: Session, sign_in: Callable[..., Visitor], lan: User, state: ListingState
) -> None:
    listing = make_in_state(db, state, by=lan)

    head = read_head(sign_in(lan), f"/en/listings/{listing.reference}")

    assert head.find_all("script", type="application/ld+json") == []
    assert head.find_all("link", rel="canonical") == []
    assert read_meta(head) == {}


def test_no_head_says_what_its_page_does_not(visitor: Visitor, db: Session, lan: User, works: Organization) -> None:
    listing = make_listing(db, by=lan, organization=works)
    make_in_state(db, ListingState.DRAFT, by=lan, organization=works, texts={"en": f"{CANARY} draft"})
    db.execute(update(Listing).values(contact_email=f"{CANARY}@example.org"))
    db.execute(update(Listing).where(Listing.id == listing.id).values(external_id=f"{CANARY}-1"))
    db.execute(update(User).values(name=f"{CANARY} owner"))
    db.commit()

    pages = ["/en/", "/en/listings", f"/en/listings/{listing.reference}", f"/en/organizations/{works.slug}"]

    assert [page for page in pages if CANARY in visitor.get(page).text] == []
