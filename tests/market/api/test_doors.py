"""Every door of the API at once: who gets what there, what every answer says, and what nobody can break."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response
from limits import parse
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market import wiring
from market.accounts.models import User
from market.kernel.db import Database
from market.kernel.viewer import MemberRole, Scope
from market.listings.enums import ListingState
from market.organizations.service import add_member
from market.web.apikit import doors as api_doors
from market.web.apikit.doors import Door
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_room, make_session
from tests.make.listings import make_in_state, make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.programs import V1, Program, make_api_token, make_sent_listing
from tests.make.stored import take_stock
from tests.make.visitor import Visitor

DOORS = {door.name: door for door in wiring.list_doors()}

MATRIX = """
door                   on         visitor stranger reader member owner other unconfirmed staff
api.list_listings      -          200     200      200    200    200   200   200         200
api.show_listing       published  200     200      200    200    200   200   200         200
api.show_listing       draft      404     404      200    200    200   404   404         200
api.show_listing       withdrawn  404     404      200    200    200   404   404         200
api.show_listing       expired    404     404      200    200    200   404   404         200
api.show_listing       arriving   404     404      404    404    404   404   404         404
api.draft_listing      -          401     403      403    done   done  403   403         403
api.edit_listing       published  401     403      403    done   done  403   403         403
api.edit_listing       draft      401     404      403    done   done  404   404         403
api.publish_listing    published  401     403      403    idle   idle  403   403         403
api.publish_listing    draft      401     404      403    done   done  404   404         403
api.withdraw_listing   published  401     403      403    done   done  403   403         done
api.withdraw_listing   draft      401     404      403    409    409   404   404         409
api.renew_listing      published  401     403      403    done   done  403   403         403
api.renew_listing      expired    401     404      403    done   done  404   404         403
api.save_translation   published  401     403      403    done   done  403   403         403
api.save_translation   draft      401     404      403    done   done  404   404         403
api.save_translation   arriving   401     404      403    404    404   404   404         404
api.remove_translation published  401     403      403    done   done  403   403         403
api.remove_translation draft      401     404      403    done   done  404   404         403
api.remove_translation withdrawn  401     404      403    idle   idle  404   404         403
api.list_matches       published  200     200      200    200    200   200   200         200
api.list_matches       draft      404     404      404    404    404   404   404         404
api.list_events        -          200     200      200    200    200   200   200         200
api.show_event         published  200     200      200    200    200   200   200         200
api.show_event         planned    404     404      404    404    200   404   404         200
api.show_programme     published  200     200      200    200    200   200   200         200
api.show_programme     planned    404     404      404    404    404   404   404         404
api.show_registration  published  200     200      200    200    200   200   200         200
api.show_registration  planned    404     404      404    404    200   404   404         200
api.list_participants  published  401     404      403    404    200   404   404         200
api.list_organizations -          200     200      200    200    200   200   200         200
api.show_organization  -          200     200      200    200    200   200   200         200
api.show_me            -          401     200      200    200    200   200   200         200
api.list_taxonomies    -          200     200      200    200    200   200   200         200
api.show_taxonomy      -          200     200      200    200    200   200   200         200
"""
"""`reader` is a member whose token reads only. done: changed something · idle: nothing to change · a figure: the
status, nothing changed."""

ROLES = MATRIX.split("\n", 2)[1].split()[2:]
ROWS = [line.split() for line in MATRIX.strip().splitlines()[1:]]


@dataclass(frozen=True, slots=True)
class Shop:
    """An organization with something in every state, and a token of everybody. What is withdrawn has no translation."""

    slug: str
    references: dict[str, str]
    events: dict[str, str]
    tokens: dict[str, str | None]


def open_shop(db: Session) -> Shop:
    people = {
        role: make_user(db, staff=role == "staff", organizer=role == "owner")
        for role in ROLES
        if role not in ("visitor", "unconfirmed")
    }
    people["unconfirmed"] = make_user(db)
    organization = make_organization(db, by=people["owner"])
    for role in ("reader", "member"):
        add_member(db, organization.id, people[role].id, role=MemberRole.MEMBER, by=None, now=organization.created_at)
    db.commit()
    make_organization(db, by=people["other"], name="Mekong Works")
    listings = {}
    for state in ListingState:
        texts = {"en": "Drying kiln"} if state is ListingState.WITHDRAWN else {"en": "Drying kiln", "vi": "Lò sấy"}
        made = make_in_state(db, state, by=people["owner"], organization=organization, texts=texts)
        listings[state.value] = made
    tokens: dict[str, str | None] = {"visitor": None}
    for role, user in people.items():
        scopes = (Scope.LISTINGS_READ,) if role == "reader" else tuple(Scope)
        tokens[role] = make_api_token(db, user, scopes=scopes)
    people["unconfirmed"].confirmed_at = None
    db.commit()
    references = {state: listing.reference for state, listing in listings.items()}
    return Shop(organization.slug, references, _plan_events(db, people["owner"]), tokens)


def _plan_events(db: Session, organizer: User) -> dict[str, str]:
    """The slug of one that everybody sees, with a programme, and of one that its team sees."""
    event = make_event(db, by=organizer)
    make_session(db, event, by=organizer, room=make_room(db, event, by=organizer))
    make_release(db, event, by=organizer)
    return {"published": event.slug, "planned": make_event(db, by=organizer, planned=True).slug}


def fill(door: Door, shop: Shop, case: str = "published", **others: str) -> str:
    reference = shop.references.get(case, shop.references["published"])
    slug = shop.events.get(case, shop.events["published"]) if "/events/" in door.path else shop.slug
    parts = {"reference": reference, "slug": slug, "name": "fields", "code": "vi", **others}
    return door.path.removeprefix(V1).format_map(parts)


def use(program: Program, door: Door, shop: Shop, case: str) -> Response:
    body: Any = None
    if door.name == "api.draft_listing":
        body = make_sent_listing(organization=shop.slug)
    if door.name == "api.edit_listing":
        body = {"title": "Better kiln"}
    if door.name == "api.save_translation":
        body = make_words("Lò sấy sắn")
    return program.send(door.verb, fill(door, shop, case), body, headers={"if-match": "*"} if body else None)


def test_the_matrix_has_a_row_for_every_door_and_a_cell_for_every_role() -> None:
    assert {row[0] for row in ROWS} == set(DOORS)
    assert {len(row) for row in ROWS} == {len(ROLES) + 2}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_each_role_gets_what_the_matrix_says(
    db: Session, database: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, row: list[str]
) -> None:
    monkeypatch.setattr(api_doors, "_note_use", lambda *_anything: None)
    name, case, *expected = row
    shop = open_shop(db)
    outcomes: list[str] = []

    for number, role in enumerate(ROLES):
        if number and outcomes[-1] == "done":
            shop = open_shop(db)
        before = take_stock(database)
        answer = use(Program(visitor.client, shop.tokens[role]), DOORS[name], shop, case)
        changed = take_stock(database) != before
        word = str(answer.status_code)
        if answer.is_success and not DOORS[name].is_safe:
            word = "done" if changed else "idle"
        outcomes.append(word if word == "done" or not changed else f"{word} and changed")

    assert outcomes == expected


def test_a_cookie_opens_nothing(db: Session, visitor: Visitor, sign_in: Callable[..., Visitor]) -> None:
    """Somebody signed in is nobody here: another site could make the browser send the cookie along."""
    mai = make_user(db)
    draft = make_in_state(db, ListingState.DRAFT, by=mai)
    client = sign_in(mai).client

    answers = [
        client.get(f"{V1}/me"), client.get(f"{V1}/listings/{draft.reference}"),
        client.post(f"{V1}/listings", json=make_sent_listing(), headers={"origin": "https://evil.example"}),
        client.post(f"{V1}/listings/{draft.reference}/publish", headers={"sec-fetch-site": "cross-site"}),
        client.put(f"{V1}/listings/{draft.reference}/translations/vi", json=make_words(), headers={"if-match": "*"}),
        client.delete(f"{V1}/listings/{draft.reference}/translations/vi"),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [401, 404, 401, 401, 401, 401]


def test_what_may_not_be_seen_is_as_what_is_not_there(db: Session, visitor: Visitor) -> None:
    shop = open_shop(db)
    stranger = Program(visitor.client, shop.tokens["stranger"])

    for verb, body, part in (
        ("GET", None, ""), ("PATCH", {"title": "Mine"}, ""), ("PUT", {"title": "Mine"}, "/translations/vi"),
        ("DELETE", None, "/translations/vi"),
    ):  # fmt: skip
        answers = [
            stranger.send(verb, f"/listings/{reference}{part}", body, headers={"if-match": "*"}).json()
            for reference in (shop.references["draft"], "TO-CN-222222")
        ]
        assert answers[0] == answers[1]


# What every answer says ----------------------------------------------------------------------------------------------


def list_answers(visitor: Visitor, shop: Shop) -> Iterator[tuple[str, Response]]:
    for role in ("visitor", "owner"):
        program = Program(visitor.client, shop.tokens[role])
        for door in DOORS.values():
            yield f"{role} {door.name}", use(program, door, shop, "published")


def test_every_answer_says_how_it_may_be_kept_and_read(db: Session, visitor: Visitor) -> None:
    answers = dict(list_answers(visitor, open_shop(db)))

    for name, answer in answers.items():
        door = DOORS[name.split()[1]]
        if answer.is_error or not door.is_safe:
            kept = "no-store"
        else:
            kept = "no-cache" if name.startswith("visitor") else "private, no-cache"
        assert answer.headers["cache-control"] == kept, name
        assert answer.headers["content-language"] == "en", name
        assert answer.headers["access-control-allow-origin"] == "*", name
        assert "access-control-allow-credentials" not in answer.headers, name
        assert {"Authorization", "Accept-Language"} <= set(re.split(r", ?", answer.headers["vary"])), name
        assert answer.headers["content-security-policy"].startswith("default-src 'none'"), name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert "set-cookie" not in answer.headers, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_in_the_readers_language(anybody: Program, language: str) -> None:
    by_header = anybody.get("/listings?kind=opera", accept_language=language)
    by_parameter = anybody.get(f"/listings/TO-CN-222222?language={language}", accept_language="en")
    english = anybody.get("/listings?kind=opera", accept_language="en")

    assert [answer.headers["content-language"] for answer in (by_header, by_parameter)] == [language] * 2
    same = by_header.json()["faults"] == english.json()["faults"]
    assert same == (language == "en")
    assert by_header.json()["title"] in by_header.json()["detail"]


def test_what_is_nowhere_is_a_problem_too(visitor: Visitor) -> None:
    client = visitor.client
    answers = {
        address: client.request(verb, address, follow_redirects=False)
        for verb, address in (
            ("GET", "/api/v1/nothing"), ("GET", "/api/nothing"), ("GET", "/api/v1"), ("GET", "/api/listings"),
            ("DELETE", f"{V1}/listings"), ("PUT", f"{V1}/listings/TO-CN-222222"), ("POST", "/api/docs"),
            ("POST", f"{V1}/organizations"), ("GET", f"{V1}/listings/%00"), ("GET", f"{V1}/listings?q=%00"),
            ("PATCH", f"{V1}/listings/TO-CN-222222/translations/vi"),
        )
    }  # fmt: skip

    statuses = [answer.status_code for answer in answers.values()]
    assert statuses == [404, 404, 404, 404, 405, 405, 405, 405, 404, 400, 405]
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}
    assert answers[f"{V1}/listings"].headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert answers[f"{V1}/listings/TO-CN-222222/translations/vi"].headers["allow"] == "DELETE, OPTIONS, PUT"


@pytest.mark.parametrize("verb", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_page_of_another_site_is_not_promised_that_it_may_change_anything(visitor: Visitor, verb: str) -> None:
    """Its browser asks beforehand, and does not send what it was not promised."""
    asked = {"origin": "https://evil.example", "access-control-request-method": verb}

    answers = {
        door.name: visitor.client.options(door.path, headers=asked) for door in DOORS.values() if door.verb == verb
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 204)
    assert [name for answer in answers.values() for name in answer.headers if name.startswith("access-control-")] == []


def test_an_address_spelt_otherwise_is_led_to_the_right_one(visitor: Visitor) -> None:
    answer = visitor.client.get(f"{V1}/listings/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (301, f"{V1}/listings")


def test_head_says_what_get_would_without_a_body(db: Session, visitor: Visitor) -> None:
    shop = open_shop(db)

    for door in DOORS.values():
        if door.is_safe and not (door.needs or door.needs_person):
            head = visitor.client.head(V1 + fill(door, shop))
            assert (head.status_code, head.content) == (200, b""), door.name


# How often -----------------------------------------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_back(
    db: Session, anybody: Program, program_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_doors, "API_PER_ADDRESS", parse("3/minute"))
    monkeypatch.setattr(api_doors, "API_PER_TOKEN", parse("4/minute"))
    program, other = program_of(make_user(db)), program_of(make_user(db))

    by_address = [anybody.get("/taxonomies") for _time in range(4)]
    by_token = [program.get("/taxonomies") for _time in range(5)]

    assert [answer.status_code for answer in by_address] == [200] * 3 + [429]
    assert [answer.status_code for answer in by_token] == [200] * 4 + [429]
    assert 1 <= int(by_address[-1].headers["retry-after"]) <= 61
    assert other.get("/taxonomies").status_code == 200


def test_changes_are_fewer_than_reads(
    db: Session, program_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_doors, "WRITE_PER_ACCOUNT", parse("2/minute"))
    mai = make_user(db)
    listing = make_listing(db, by=mai)
    program = program_of(mai)

    statuses = [program.post(f"/listings/{listing.reference}/publish").status_code for _time in range(3)]

    assert (statuses, program.get("/me").status_code) == ([200, 200, 429], 200)


def test_guessing_tokens_counts_as_asking_without(anybody: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_doors, "API_PER_ADDRESS", parse("2/minute"))

    statuses = [anybody.get("/me", authorization=f"Bearer {number}").status_code for number in range(3)]

    assert statuses == [401, 401, 429]


# Statements ----------------------------------------------------------------------------------------------------------

STATEMENTS = {
    "/listings": (1, 2),
    "/listings?modified_since=2020-01-01T00:00:00Z": (2, 3),
    "/listings?q=kiln": (1, 2),
    "/listings/{reference}": (2, 6),
    "/organizations": (2, 3),
    "/organizations/{slug}": (1, 2),
    "/taxonomies": (0, 1),
    "/taxonomies/fields": (0, 1),
    "/me": (0, 4),
}
"""Without and with a token, SQLite's BEGIN apart; as many for three rows as for one."""


def test_a_list_takes_as_many_statements_for_three_rows_as_for_one(
    db: Session, database: Database, visitor: Visitor, count_queries: Callable[[], int], deliver: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(api_doors, "_note_use", lambda *_anything: None)
    mai = make_user(db)
    organization = make_organization(db, by=mai)
    programs = (Program(visitor.client), Program(visitor.client, make_api_token(db, mai)))
    counts = []

    for rows in (1, 2):
        for _row in range(rows):
            listing = make_listing(db, by=mai, organization=organization, texts={"en": "Kiln", "vi": "Lò"})
            make_organization(db, by=mai, name=f"Works {listing.reference}")
        deliver()
        counted = {}
        for template in STATEMENTS:
            address = template.format(reference=listing.reference, slug=organization.slug)
            numbers = []
            for program in programs:
                count_queries()
                program.get(address)
                numbers.append(max(count_queries() - database.is_sqlite, 0))
            counted[template] = tuple(numbers)
        counts.append(counted)

    assert counts == [STATEMENTS, STATEMENTS]
