"""What a program reads of listings: one, a list, what was found."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.kernel.viewer import Scope
from market.listings.enums import ListingState
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_in_state, make_listing
from tests.make.programs import Program

KEYS = ["items", "total", "facets", "next", "degraded", "by_meaning"]


def test_a_list_has_what_is_public_newest_first(db: Session, anybody: Program, deliver: Callable[[], None]) -> None:
    mai = make_user(db)
    first = make_listing(db, by=mai, texts={"en": "Kiln", "vi": "Lò sấy"})
    second = make_listing(db, by=mai, kind="demand", texts={"th": "เตาอบแห้ง"})
    for state in (ListingState.DRAFT, ListingState.WITHDRAWN, ListingState.EXPIRED, ListingState.ARRIVING):
        make_in_state(db, state, by=mai)
    deliver()

    response = anybody.get("/listings?language=vi")

    answer = response.json()
    assert list(answer) == KEYS
    assert [(item["reference"], item["language"], item["title"]) for item in answer["items"]] == [
        (second.reference, "th", "เตาอบแห้ง"), (first.reference, "vi", "Lò sấy"),
    ]  # fmt: skip
    assert (answer["total"], answer["next"], answer["degraded"], answer["by_meaning"]) == (2, None, False, 0)
    assert answer["facets"]["kind"] == {"offer": 1, "demand": 1}
    assert response.headers["content-language"] == "vi"


def test_pages_of_a_list_follow_each_other_without_gap(
    db: Session, anybody: Program, deliver: Callable[[], None]
) -> None:
    mai = make_user(db)
    references = [make_listing(db, by=mai).reference for _number in range(5)]
    deliver()

    for sort in ("newest", "expiring"):
        seen, cursor = [], ""
        while cursor is not None:
            answer = anybody.get(f"/listings?limit=2&sort={sort}&cursor={cursor}").json()
            seen += [item["reference"] for item in answer["items"]]
            cursor = answer["next"]
            assert answer["total"] == 5
        assert sorted(seen) == sorted(references)


def test_codes_are_repeated_or_separated_by_commas(db: Session, anybody: Program, deliver: Callable[[], None]) -> None:
    mai = make_user(db)
    make_listing(db, by=mai)
    make_listing(db, by=mai, kind="demand")
    deliver()

    queries = ("kind=offer", "kind=offer,demand", "kind=offer&kind=demand", "trl_min=5", "field=29&industry=machinery")
    totals = [anybody.get(f"/listings?{query}").json()["total"] for query in queries]

    assert totals == [1, 2, 2, 0, 2]


def test_words_find_a_listing_and_say_how(db: Session, anybody: Program, deliver: Callable[[], None]) -> None:
    kiln = make_listing(db, texts={"en": "Drying kiln"})
    make_listing(db, texts={"en": "Water filter"})
    deliver()

    answer = anybody.get("/listings?q=kiln").json()

    assert [(item["reference"], item["by"]) for item in answer["items"]] == [(kiln.reference, "words")]
    assert (answer["total"], answer["facets"]["kind"]) == (1, {"offer": 1})


def test_what_was_found_is_paged_by_place(db: Session, anybody: Program, deliver: Callable[[], None]) -> None:
    mai = make_user(db)
    references = {make_listing(db, by=mai, texts={"en": f"Kiln number {n}"}).reference for n in range(5)}
    deliver()

    first = anybody.get("/listings?q=kiln&limit=3").json()
    second = anybody.get(f"/listings?q=kiln&limit=3&cursor={first['next']}").json()

    found = [item["reference"] for answer in (first, second) for item in answer["items"]]
    assert (set(found), len(found), second["next"]) == (references, 5, None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=opera", ["kind"]),
        ("kind=offer,opera", ["kind"]),
        ("colour=red", ["colour"]),
        ("sort=nicest", ["sort"]),
        ("limit=0", ["limit"]),
        ("limit=101", ["limit"]),
        ("limit=x", ["limit"]),
        ("trl_min=10", ["trl_min"]),
        ("language=xx", ["language"]),
        ("q=a&q=b", ["q"]),
        ("modified_since=yesterday", ["modified_since"]),
        ("modified_since=2026-11-01T00:00:00", ["modified_since"]),
        ("modified_since=2026-11-01T00:00:00Z&q=kiln&kind=offer", ["kind", "q"]),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_refused(anybody: Program, query: str, names: list[str]) -> None:
    response = anybody.get(f"/listings?{query}")

    assert (response.status_code, sorted(response.json()["faults"])) == (422, names)
    assert response.headers["content-type"] == "application/problem+json"


def test_one_listing_is_read_in_the_readers_language(db: Session, anybody: Program) -> None:
    listing = make_listing(
        db, texts={"en": "Kiln", "vi": "Lò sấy"}, price_amount="1500.50", price_currency="CNY", keywords="kiln, root",
        contact_email="mai@example.org",
    )  # fmt: skip

    answer = anybody.get(f"/listings/{listing.reference}", accept_language="vi").json()

    assert (answer["language"], answer["title"], answer["written_in"]) == ("vi", "Lò sấy", "en")
    assert answer["languages"] == ["en", "vi"]
    assert answer["fields"] == [29]
    assert answer["price"] == {"amount": "1500.50", "currency": "CNY", "basis": None}
    assert "external_id" not in answer
    assert "contact_email" not in answer


def test_only_who_acts_for_the_organization_reads_whom_to_ask(db: Session, program_of: Callable[..., Program]) -> None:
    mai, lan = make_user(db), make_user(db)
    listing = make_listing(db, by=mai, contact_email="mai@example.org")

    own, others = (program_of(user).get(f"/listings/{listing.reference}").json() for user in (mai, lan))

    assert (own["contact_email"], own["external_id"]) == ("mai@example.org", None)
    assert set(own) - set(others) == {"contact_email", "external_id"}


def test_a_draft_is_read_with_the_scope_for_it_alone(
    db: Session, anybody: Program, program_of: Callable[..., Program]
) -> None:
    mai, lan = make_user(db), make_user(db)
    draft = make_draft(db, by=mai)
    programs = [
        anybody, program_of(lan), program_of(mai, Scope.LISTINGS_WRITE), program_of(mai, Scope.EVENTS_READ),
        program_of(mai, Scope.LISTINGS_READ),
    ]  # fmt: skip

    statuses = [program.get(f"/listings/{draft.reference}").status_code for program in programs]

    assert statuses == [404, 404, 404, 404, 200]


def test_a_tag_spares_reading_again_until_something_changed(
    db: Session, program_of: Callable[..., Program], anybody: Program
) -> None:
    mai = make_user(db)
    listing = make_listing(db, by=mai)
    address = f"/listings/{listing.reference}"
    tag = anybody.get(address).headers["etag"]

    again = anybody.get(address, if_none_match=tag)
    own = program_of(mai).get(address, if_none_match=tag)
    other_language = anybody.get(f"{address}?language=vi", if_none_match=tag)
    program_of(mai).post(f"{address}/renew")
    changed = anybody.get(address, if_none_match=tag)

    assert [response.status_code for response in (again, own, other_language, changed)] == [304, 200, 200, 200]
    assert (again.content, again.headers["etag"]) == (b"", tag)
