"""The list of organizations and what a page of one shows."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.viewer import MemberRole
from market.organizations.queries import MAX_SHOWN
from market.organizations.service import add_member
from market.web.paging import write_cursor
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import Element, read_html, read_titles
from tests.make.visitor import Visitor


def read_names(page: Element) -> list[str]:
    return [heading.text for heading in page.find_all("h2")]


def read_next(page: Element) -> str | None:
    links = [link.attributes["href"] for link in page.find_all("a", rel="next")]
    return links[0] if links else None


def walk(visitor: Visitor, address: str) -> list[list[str]]:
    """The names of every page, from the first to the last."""
    pages = []
    following: str | None = address
    while following:
        page = read_html(visitor.get(following))
        pages.append(read_names(page))
        following = read_next(page)
    return pages


def test_every_organization_stands_once_on_the_pages_of_the_list_also_under_names_that_are_equal_or_long(
    visitor: Visitor, db: Session
) -> None:
    owner = make_user(db)
    names = [
        *[f"Works {number:03}" for number in range(MAX_SHOWN - 1)],
        "Works x",
        *[f"ฃ{number}" + "ก" * 155 for number in range(MAX_SHOWN)],
    ]
    for place, name in enumerate(names):
        make_organization(db, by=owner, name=name, country="VN" if place % 2 else "CN")
    for _ in range(2):
        make_organization(db, name="Works x", country="LA")

    pages = walk(visitor, "/en/organizations")

    assert sorted(name for page in pages for name in page) == sorted([*names, "Works x", "Works x"])
    assert [len(page) for page in pages] == [MAX_SHOWN, MAX_SHOWN, 2]
    vietnamese = [name for page in walk(visitor, "/en/organizations?country=VN") for name in page]
    assert sorted(vietnamese) == sorted(names[1::2])


def test_organizations_that_come_while_somebody_pages_are_neither_lost_nor_shown_twice(
    visitor: Visitor, db: Session
) -> None:
    owner = make_user(db)
    for number in range(MAX_SHOWN + 2):
        make_organization(db, by=owner, name=f"Works {number:03}")
    first = read_html(visitor.get("/en/organizations"))

    make_organization(db, by=owner, name="A comes before")
    make_organization(db, by=owner, name="Z comes after")
    following = read_next(first)
    assert following is not None
    second = read_html(visitor.get(following))

    assert read_names(second) == [f"Works {MAX_SHOWN:03}", f"Works {MAX_SHOWN + 1:03}", "Z comes after"]


def test_countries_are_counted_and_named_in_the_readers_language(
    visitor: Visitor, db: Session, renderer: Renderer
) -> None:
    owner = make_user(db)
    for name, country in (("A", "CN"), ("B", "CN"), ("C", "LA")):
        make_organization(db, by=owner, name=f"Works {name}", country=country)

    page = read_html(visitor.get("/th/organizations?country=LA"))

    say = renderer.reader("th").format.country
    filters = page.find("ul", css="filters").find_all("a")
    assert sorted(link.text for link in filters[1:]) == sorted([f"{say('CN')} 2", f"{say('LA')} 1"])
    assert [link.text for link in filters if link.attributes.get("aria-current")] == [f"{say('LA')} 1"]


@pytest.mark.parametrize(
    "cursor",
    ["x", "%00", "W10", "e30", "====", "é", "x" * 5_000, write_cursor("a"), write_cursor("a", 1),
     write_cursor("a\x00", "b"), "WyJcdWQ4MDAiLCAiYiJd"],
    ids=["word", "NUL", "empty list", "object", "padding", "letter", "long", "short key", "wrong type",
         "NUL within", "lone surrogate"],
)  # fmt: skip
@pytest.mark.parametrize("code", ["th", "zh-Hans"])
def test_a_cursor_that_we_did_not_write_is_refused_in_the_readers_language(
    visitor: Visitor, renderer: Renderer, cursor: str, code: str
) -> None:
    answer = visitor.get(f"/{code}/organizations?cursor={cursor}")

    assert answer.status_code == 400
    assert read_html(answer).find("h1").text == renderer.reader(code).gettext("We could not read what was sent.")


def test_a_page_shows_what_is_published_in_the_readers_language_and_nothing_else(visitor: Visitor, db: Session) -> None:
    lan = make_user(db)
    works = make_organization(db, by=lan)
    make_listing(db, by=lan, texts={"zh-Hans": "木薯干燥机", "vi": "Máy sấy sắn"})
    make_draft(db, by=lan, texts={"en": "Still a secret"})
    make_listing(db, texts={"en": "Of somebody else"})

    titles = [read_titles(visitor.get(f"/{code}/organizations/{works.slug}")) for code in ("vi", "th")]

    assert titles == [["Máy sấy sắn"], ["木薯干燥机"]]


def test_lists_need_as_many_queries_for_three_rows_as_for_one(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor], count_queries: Callable[[], int]
) -> None:
    lan = make_user(db)
    works = make_organization(db, by=lan, name="Works")
    browser = sign_in(lan)
    visitor.form_token()  # a browser with a cookie gets no kept page
    addresses = ["/en/organizations", f"/en/organizations/{works.slug}", f"/en/organizations/{works.slug}/members"]

    def measure() -> list[int]:
        figures = []
        for asker, address in [*((visitor, address) for address in addresses[:2]), *((browser, a) for a in addresses)]:
            count_queries()
            assert asker.get(address).status_code == 200
            figures.append(count_queries())
        return figures

    make_listing(db, by=lan, organization=works)
    with_one = measure()
    for number in range(2):
        make_listing(db, by=lan, organization=works)
        make_organization(db, name=f"Works {number}")
        add_member(db, works.id, make_user(db).id, role=MemberRole.MEMBER, by=lan.id, now=utc_now())
        db.commit()

    assert measure() == with_one
    assert max(with_one) <= 6
