"""What a program writes beside the author's words: a listing in one more language; and what it may not."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.db import Database
from market.kernel.viewer import Scope
from market.listings.enums import Provenance
from market.listings.models import Listing, ListingText
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.programs import Program, make_sent_listing
from tests.make.stored import read_stored, take_stock

WORDS: dict[str, Any] = {
    "title": "Lò sấy sắn",
    "summary": "Lò sấy nhỏ cho hợp tác xã.",
    "description": "Sấy hai tấn sắn lát mỗi ngày.\nBa lò đã chạy qua hai mùa vụ.",
    "advantages": "Tốn ít nhiên liệu hơn.",
    "technical_specification": "Sấy ở 60–70 °C.",
    "expected_partner": "Hợp tác xã trồng sắn.",
    "ipr_notes": "Đã nộp đơn sáng chế.",
    "keywords": ["sắn", "sấy"],
}
KEY = {"idempotency_key": "e4b2-7"}


@pytest.fixture
def mai(db: Session) -> User:
    """Owns one organization."""
    mai = make_user(db)
    make_organization(db, by=mai)
    return mai


@pytest.fixture
def program(mai: User, program_of: Callable[..., Program]) -> Program:
    return program_of(mai)


@pytest.fixture
def listing(db: Session, mai: User) -> Listing:
    return make_listing(db, by=mai, texts={"en": "Drying kiln", "th": "เตาอบแห้ง"})


def place(listing: Listing, code: str = "vi") -> str:
    return f"/listings/{listing.reference}/translations/{code}"


# Writing -------------------------------------------------------------------------------------------------------------


def test_a_program_writes_the_words_in_one_more_language(
    program: Program, anybody: Program, listing: Listing, facts: Callable[[], list[str]]
) -> None:
    address = f"/listings/{listing.reference}"
    read = program.get(address)

    saved = program.put(place(listing), WORDS, if_match=read.headers["etag"])

    shown = anybody.get(f"{address}?language=vi").json()
    assert (saved.status_code, saved.json()["languages"], saved.json()["language"]) == (200, ["en", "th", "vi"], "en")
    assert {name: shown[name] for name in WORDS} == WORDS
    assert [shown[name] for name in ("language", "written_in", "provenance", "is_outdated")] == [
        "vi", "en", "human", False,
    ]  # fmt: skip
    assert {name for name in read.json() if read.json()[name] != saved.json()[name]} == {
        "version", "changed_at", "languages",
    }  # fmt: skip
    assert saved.headers["etag"] == program.get(address).headers["etag"] != read.headers["etag"]
    assert facts()[-1] == "ListingChanged"


def test_the_answer_is_in_the_readers_language(program: Program, listing: Listing) -> None:
    saved = program.put(f"{place(listing)}?language=vi", WORDS, if_match="*")

    assert saved.headers["content-language"] == "vi"
    assert {name: saved.json()[name] for name in WORDS} == WORDS


def test_what_is_written_takes_the_place_of_the_whole_translation(program: Program, listing: Listing) -> None:
    program.put(place(listing), WORDS, if_match="*")

    saved = program.put(f"{place(listing)}?language=vi", {"title": "Máy sấy", "summary": None}, if_match="*").json()

    assert {name: saved[name] for name in WORDS} == dict.fromkeys(WORDS, "") | {"title": "Máy sấy", "keywords": []}


def test_keywords_come_as_a_list_or_in_one_text(program: Program, listing: Listing) -> None:
    address = f"{place(listing)}?language=vi"

    answers = [
        program.put(address, WORDS | {"keywords": keywords}, if_match="*").json()["keywords"]
        for keywords in (["sắn", " lò  sấy ", "sắn", ""], "sắn, lò sấy", ["sắn; lò sấy"], [], None, ["bã mía"])
    ]

    assert answers == [["sắn", "lò sấy"]] * 3 + [[], [], ["bã mía"]]


def test_the_same_words_again_change_nothing(
    program: Program, listing: Listing, database: Database, facts: Callable[[], list[str]]
) -> None:
    first = program.put(place(listing), WORDS, if_match="*")
    before, recorded = read_stored(database, select(Listing.version)), facts()

    second = program.put(place(listing), WORDS, if_match=first.headers["etag"])

    assert (second.status_code, second.json(), second.headers["etag"]) == (200, first.json(), first.headers["etag"])
    assert (read_stored(database, select(Listing.version)), facts()) == (before, recorded)


def test_the_same_words_after_the_original_has_changed_are_of_the_new_one(program: Program, listing: Listing) -> None:
    address = f"/listings/{listing.reference}"
    program.put(place(listing), WORDS, if_match="*")
    program.patch(address, {"title": "Better kiln"}, if_match="*")
    outdated = program.get(f"{address}?language=vi").json()["is_outdated"]

    program.put(place(listing), WORDS, if_match="*")

    assert (outdated, program.get(f"{address}?language=vi").json()["is_outdated"]) == (True, False)


def test_who_sends_a_machines_words_stands_for_them(
    db: Session, program: Program, listing: Listing, database: Database
) -> None:
    program.put(place(listing), WORDS, if_match="*")
    text = db.get_one(ListingText, (listing.id, "vi"))
    text.provenance = Provenance.MACHINE
    db.commit()

    program.put(place(listing), WORDS, if_match="*")

    stored = read_stored(database, select(ListingText).where(ListingText.language == "vi"))
    assert [text.provenance for text in stored] == [Provenance.HUMAN]


# What it needs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "status"), [(None, 428), ("", 428), ('"99.1.0.1-en"', 412), ("W/{tag}", 412), ("{tag}", 200), ("*", 200)]
)
def test_writing_needs_the_tag_of_what_was_read(
    program: Program, listing: Listing, match: str | None, status: int
) -> None:
    tag = program.get(f"/listings/{listing.reference}").headers["etag"]
    headers = {} if match is None else {"if_match": match.format(tag=tag)}

    saved = program.put(place(listing), WORDS, **headers)

    assert saved.status_code == status
    if status == 412:
        assert saved.headers["etag"] == tag


def test_of_two_translators_the_second_is_told(program: Program, anybody: Program, listing: Listing) -> None:
    address = f"/listings/{listing.reference}"
    tag = program.get(address).headers["etag"]

    answers = [program.put(place(listing), WORDS | {"title": title}, if_match=tag) for title in ("Lò một", "Lò hai")]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert answers[1].headers["etag"] == answers[0].headers["etag"]
    assert anybody.get(f"{address}?language=vi").json()["title"] == "Lò một"


@pytest.mark.parametrize("code", ["xx", "VI", "zh", "title", "vi-VN", "x" * 300])
def test_a_language_that_we_do_not_have_is_not_found(
    program: Program, listing: Listing, database: Database, code: str
) -> None:
    before = take_stock(database)

    answers = [
        program.put(place(listing, code), WORDS, if_match="*"), program.put(place(listing, code), {}, if_match="*"),
        program.delete(place(listing, code)),
    ]  # fmt: skip

    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(404, "/api/docs#not-found")] * 3
    assert take_stock(database) == before


def test_the_authors_own_words_are_neither_replaced_nor_removed(
    program: Program, listing: Listing, database: Database
) -> None:
    before = take_stock(database)

    answers = [program.put(place(listing, "en"), WORDS, if_match="*"), program.delete(place(listing, "en"))]

    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(409, "/api/docs#wrong-state")] * 2
    assert take_stock(database) == before


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"title": None}, {"title": "Please fill in this field."}),
        ({"title": " \u200b "}, {"title": "Please fill in this field."}),
        ({"title": "x"}, {"title": "Please write at least 2 characters."}),
        ({"title": 7}, {"title": "Please check this field."}),
        ({"summary": "x" * 501}, {"summary": "Please shorten this to at most 500 characters."}),
        ({"description": ["a"]}, {"description": "Please check this field."}),
        ({"summary": 1, "ipr_notes": {}}, dict.fromkeys(("summary", "ipr_notes"), "Please check this field.")),
        ({"keywords": [1]}, {"keywords": "Please check this field."}),
        ({"keywords": {"a": "b"}}, {"keywords": "Please check this field."}),
        ({"keywords": ["x" * 61]}, {"keywords": "Please shorten each keyword to at most 60 characters."}),
        ({"keywords": [f"k{n}" for n in range(99)]}, {"keywords": "Please choose at most 10."}),
        ({"colour": "red"}, {"colour": "There is no such field."}),
        ({"language": "vi"}, {"language": "There is no such field."}),
        ({"provenance": "author"}, {"provenance": "There is no such field."}),
        ({"price": {"amount": "1"}, "trl": 4}, dict.fromkeys(("price", "trl"), "There is no such field.")),
    ],
    ids=lambda one: str(one)[:50],
)  # fmt: skip
def test_what_no_form_would_send_is_refused_by_name(
    program: Program, listing: Listing, database: Database, changes: dict[str, Any], faults: dict[str, str]
) -> None:
    before = take_stock(database)

    refused = program.put(place(listing), WORDS | changes, if_match="*")

    assert (refused.status_code, refused.json()["faults"]) == (422, faults)
    assert take_stock(database) == before


def test_a_fault_is_told_in_the_readers_language(program: Program, listing: Listing) -> None:
    refused = program.put(f"{place(listing)}?language=vi", {}, if_match="*")

    assert refused.json()["faults"] == {"title": "Vui lòng điền mục này."}


def test_burmese_words_in_zawgyi_are_refused_and_in_unicode_taken(program: Program, listing: Listing) -> None:
    sentence = "This looks like Zawgyi. Please write in Unicode, so that everybody can read and find it."

    zawgyi = program.put(place(listing, "my"), {"title": "ကၽြန္ေတာ္တို႔၏ ေရသန္႔စင္စက္"}, if_match="*")
    unicode = program.put(place(listing, "my"), {"title": "ကျွန်တော်တို့၏ ရေသန့်စင်စက်"}, if_match="*")

    assert (zawgyi.status_code, zawgyi.json()["faults"]) == (422, {"title": sentence})
    assert (unicode.status_code, unicode.json()["languages"]) == (200, ["en", "my", "th"])


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"{}", "text/plain", 415), (b"{", "application/json", 400), (b"[]", "application/json", 400)],
)
def test_a_body_that_is_no_json_object_is_refused(
    program: Program, listing: Listing, body: bytes, content_type: str, status: int
) -> None:
    assert program.put(place(listing), body, if_match="*", content_type=content_type).status_code == status


# Removing ------------------------------------------------------------------------------------------------------------


def test_a_program_removes_a_translation_and_twice_is_harmless(
    program: Program, listing: Listing, database: Database, facts: Callable[[], list[str]]
) -> None:
    first = program.delete(f"{place(listing, 'th')}?language=th")
    before, recorded = take_stock(database), facts()

    second = program.delete(f"{place(listing, 'th')}?language=th")

    assert (first.status_code, first.json()["languages"], first.json()["language"]) == (200, ["en"], "en")
    assert (second.status_code, second.json(), second.headers["etag"]) == (200, first.json(), first.headers["etag"])
    assert first.json()["version"] == listing.version + 1
    assert read_stored(database, select(ListingText.language)) == ["en"]
    assert recorded[-1] == "ListingChanged"
    assert (take_stock(database), facts()) == (before, recorded)


@pytest.mark.parametrize("code", ["th", "vi"])
def test_removing_heeds_the_tag_if_there_is_one(program: Program, listing: Listing, code: str) -> None:
    tag = program.get(f"/listings/{listing.reference}").headers["etag"]

    stale = program.delete(place(listing, code), if_match='"99.1.0.1-en"')
    right = program.delete(place(listing, code), if_match=tag)

    assert (stale.status_code, stale.headers["etag"], right.status_code) == (412, tag, 200)


# Who may -------------------------------------------------------------------------------------------------------------


def test_nobody_translates_for_others(
    db: Session, program_of: Callable[..., Program], anybody: Program, mai: User, listing: Listing, database: Database
) -> None:
    draft = make_draft(db, by=mai, texts={"en": "Drying kiln", "th": "เตาอบแห้ง"})
    programs = {
        "anybody": anybody,
        "stranger": program_of(make_user(db)),
        "staff": program_of(make_user(db, staff=True)),
        "reader": program_of(mai, Scope.LISTINGS_READ, Scope.EVENTS_WRITE),
    }
    before = take_stock(database)["listing_text"]

    statuses = {
        name: [
            answer.status_code
            for one in (listing, draft)
            for answer in (program.put(place(one, "th"), WORDS, if_match="*"), program.delete(place(one, "th")))
        ]
        for name, program in programs.items()
    }

    assert statuses == {
        "anybody": [401] * 4, "stranger": [403, 403, 404, 404], "staff": [403] * 4, "reader": [403] * 4,
    }  # fmt: skip
    assert take_stock(database)["listing_text"] == before


def test_the_words_of_a_draft_are_shown_to_its_people_alone(
    db: Session, program: Program, program_of: Callable[..., Program], anybody: Program, mai: User
) -> None:
    draft = make_draft(db, by=mai)
    address = f"/listings/{draft.reference}?language=vi"

    saved = program.put(place(draft), WORDS, if_match="*")

    others = [each.get(address) for each in (anybody, program_of(make_user(db)))]
    assert (saved.status_code, saved.json()["state"]) == (200, "draft")
    assert program.get(address).json()["title"] == WORDS["title"]
    assert [(other.status_code, WORDS["title"] in other.text) for other in others] == [(404, False)] * 2


# Sent again ----------------------------------------------------------------------------------------------------------


def test_words_sent_again_under_their_key_are_not_refused_for_their_tag(program: Program, listing: Listing) -> None:
    headers = {"if_match": program.get(f"/listings/{listing.reference}").headers["etag"], **KEY}

    first, second = (program.put(place(listing), WORDS, **headers) for _time in range(2))

    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert [answer.headers.get("idempotent-replayed") for answer in (first, second)] == [None, "true"]


def test_a_removal_sent_again_under_its_key_spares_what_was_written_since(program: Program, listing: Listing) -> None:
    first = program.delete(place(listing, "th"), **KEY)
    program.put(place(listing, "th"), make_words("เตาอบ"), if_match="*")

    second = program.delete(place(listing, "th"), **KEY)

    assert (second.content, second.headers["idempotent-replayed"]) == (first.content, "true")
    assert program.get(f"/listings/{listing.reference}").json()["languages"] == ["en", "th"]


@pytest.mark.parametrize("other", ["body", "language", "verb", "tag"])
def test_a_key_stands_for_one_translation(program: Program, listing: Listing, other: str) -> None:
    program.put(place(listing), WORDS, if_match="*", **KEY)

    match other:
        case "body":
            answer = program.put(place(listing), WORDS | {"title": "Máy sấy"}, if_match="*", **KEY)
        case "language":
            answer = program.put(place(listing, "id"), WORDS, if_match="*", **KEY)
        case "verb":
            answer = program.delete(place(listing), **KEY)
        case _:
            answer = program.put(place(listing), WORDS, if_match='"1"', **KEY)

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/docs#key-used-otherwise")


def test_a_refused_translation_frees_its_key(program: Program, listing: Listing) -> None:
    statuses = [program.put(place(listing), words, if_match="*", **KEY).status_code for words in ({"title": ""}, WORDS)]

    assert statuses == [422, 200]


def test_what_a_program_wrote_and_translated_goes_the_way_of_all_listings(program: Program, anybody: Program) -> None:
    made = program.post("/listings", make_sent_listing())
    address = f"/listings/{made.json()['reference']}"

    translated = program.put(f"{address}/translations/vi", WORDS, if_match=made.headers["etag"])
    program.post(f"{address}/publish", if_match=translated.headers["etag"])

    (item,) = anybody.get("/listings?language=vi").json()["items"]
    assert (item["title"], item["language"], item["written_in"]) == (WORDS["title"], "vi", "en")
