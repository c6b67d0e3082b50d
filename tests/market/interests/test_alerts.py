"""Who is to hear of what: matched when it is published, whatever order and however often the worker runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.interests.alerting import find_alerts, match_listings
from market.interests.enums import Often
from market.interests.models import SearchHit
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import RecordedFact
from market.kernel.viewer import MemberRole
from market.kernel.work import Work
from market.listings.forms import TextForm
from market.listings.models import Listing
from market.listings.service import publish_listing, save_translation, withdraw_listing
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.interests import (
    list_alerts,
    list_bodies,
    make_follow,
    make_search,
    publish_again,
    tell,
)
from tests.make.listings import make_draft, make_listing, make_words
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.stored import read_stored

Deliver = Callable[[], None]


def test_a_listing_is_told_to_those_whose_words_and_filters_it_fits(
    db: Session, database: Database, deliver: Deliver
) -> None:
    lan, mai, thu = (make_user(db, email=f"{name}@example.org") for name in ("lan", "mai", "thu"))
    make_search(db, by=lan, words="drying cassava", kind=["offer"])
    make_search(db, by=mai, words="drying cassava", kind=["demand"])
    make_search(db, by=thu, words="shrimp feed")

    listing = make_listing(db, texts={"en": "Solar drying of cassava chips"})
    deliver()

    assert list_alerts(database) == [("lan@example.org", listing.reference, "waiting")]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"kind": ["offer"], "country": ["CN"], "industry": ["machinery", "rice"]}, True),
        ({"country": ["VN"]}, False),
        ({"trl_min": 4}, True),
        ({"trl_min": 5}, False),
        ({"organization": "liujiang-works"}, True),
        ({"organization": "nobody"}, False),
        ({"written_in": ["vi"]}, False),
    ],
    ids=str,
)
def test_a_search_of_filters_alone_finds_what_passes_them(
    db: Session,
    database: Database,
    deliver: Deliver,
    filters: dict[str, Any],
    found: bool,  # noqa: FBT001 - a case
) -> None:
    make_search(db, by=make_user(db), **filters)

    make_listing(db)
    deliver()

    assert bool(list_alerts(database)) is found


def test_words_in_another_script_are_cut_as_the_search_cuts_them(
    db: Session, database: Database, deliver: Deliver
) -> None:
    lan = make_user(db, email="lan@example.org")
    make_search(db, by=lan, words="อบแห้งมันสำปะหลัง", language="th")
    make_search(db, by=lan, words="甘蔗收割机", language="zh-Hans", name="甘蔗")

    drying = make_listing(db, texts={"th": "เครื่องอบแห้งมันสำปะหลังพลังงานแสงอาทิตย์"}, language="th")
    make_listing(db, texts={"th": "อาหารกุ้งจากถั่วเหลือง"}, language="th")
    harvester = make_listing(db, texts={"zh-Hans": "丘陵地区小型甘蔗收割机"}, language="zh-Hans")
    deliver()

    assert list_alerts(database) == sorted(
        ("lan@example.org", listing.reference, "waiting") for listing in (drying, harvester)
    )


def test_several_searches_of_a_person_and_a_repeated_handler_make_one_alert(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    lan = make_user(db)
    for words in ("kiln", "cassava", ""):
        make_search(db, by=lan, words=words)
    listing = make_listing(db)
    deliver()

    match_listings(work, [listing.id, listing.id])
    fact = RecordedFact(uuid4(), "ListingEmbedded", listing.id, {}, utc_now(), 1)
    find_alerts(work, [fact, fact])

    assert len(list_alerts(database)) == 1
    assert len(read_stored(database, select(SearchHit.saved_search_id))) == 3


def test_what_was_told_is_never_told_again_after_an_edit_or_a_republication(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    owner, lan = make_user(db), make_user(db)
    make_search(db, by=lan, words="kiln")
    listing = make_listing(db, by=owner)
    deliver()
    assert len(tell(work)) == 1

    viewer = make_viewer(db, owner)
    withdraw_listing(db, listing, by=viewer, now=utc_now())
    db.commit()
    deliver()
    publish_listing(db, listing, by=viewer, now=utc_now())
    db.commit()
    words = TextForm.model_validate(make_words("Lò sấy sắn kiln"))
    save_translation(db, listing, words, language="vi", version=listing.version, by=viewer, now=utc_now())
    db.commit()
    make_search(db, by=lan, words="cassava")
    deliver()

    assert tell(work) == []
    assert [state for _email, _reference, state in list_alerts(database)] == ["told"]


def test_a_listing_withdrawn_before_its_mail_is_not_told_and_told_when_it_comes_back(
    db: Session, work: Work, deliver: Deliver
) -> None:
    owner = make_user(db)
    make_search(db, by=make_user(db), words="kiln")
    listing = make_listing(db, by=owner)
    deliver()
    withdraw_listing(db, listing, by=make_viewer(db, owner), now=utc_now())
    db.commit()

    assert tell(work) == []
    publish_listing(db, listing, by=make_viewer(db, owner), now=utc_now())
    db.commit()
    deliver()
    (body,) = list_bodies(tell(work))

    assert listing.reference in body


def test_what_becomes_fitting_by_an_edit_soon_after_its_publication_is_told(
    db: Session, database: Database, deliver: Deliver
) -> None:
    owner = make_user(db)
    make_search(db, by=make_user(db), words="lò sấy sắn", language="vi")
    listing = make_listing(db, by=owner)
    deliver()
    assert list_alerts(database) == []

    words = TextForm.model_validate(make_words("Lò sấy sắn"))
    save_translation(
        db, listing, words, language="vi", version=listing.version, by=make_viewer(db, owner), now=utc_now()
    )
    db.commit()
    deliver()

    assert len(list_alerts(database)) == 1


def test_what_was_there_before_the_search_or_long_ago_is_no_news(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    seen, old = make_listing(db), make_listing(db)
    publish_again(db, old, published_at=utc_now() - timedelta(days=15))
    make_search(db, by=make_user(db), now=utc_now())
    make_search(db, by=make_user(db), now=utc_now() - timedelta(days=50), words="cassava shrimp rice")
    deliver()

    match_listings(work, [seen.id, old.id])

    assert list_alerts(database) == []


@pytest.mark.parametrize("often", Often)
def test_a_search_without_mails_finds_nothing_for_anybody(
    db: Session, database: Database, deliver: Deliver, often: Often
) -> None:
    make_search(db, by=make_user(db), often=often)
    make_listing(db)
    deliver()

    assert len(list_alerts(database)) == (often is not Often.NEVER)


def test_nobody_is_told_of_what_the_own_organization_or_a_client_publishes(
    db: Session, database: Database, deliver: Deliver
) -> None:
    owner, member, broker = make_user(db), make_user(db), make_user(db)
    organization = make_organization(db, by=owner)
    add_member(db, organization.id, member.id, role=MemberRole.MEMBER, by=owner.id, now=utc_now())
    centre = make_centre(db, by=broker)
    let_act(db, centre, client=organization, by=owner)
    for person in (owner, member, broker):
        make_search(db, by=person)
        make_follow(db, organization, by=person)

    make_listing(db, by=owner, organization=organization)
    deliver()

    assert list_alerts(database) == []


def test_followers_are_told_of_what_an_organization_publishes_and_nobody_else(
    db: Session, database: Database, deliver: Deliver
) -> None:
    owner, lan = make_user(db), make_user(db, email="lan@example.org")
    organization = make_organization(db, by=owner)
    make_follow(db, organization, by=lan)
    make_follow(db, make_organization(db, name="Mekong Works"), by=make_user(db))
    make_follow(db, organization, by=make_user(db), often=Often.NEVER)

    listing = make_listing(db, by=owner, organization=organization)
    make_draft(db, by=owner, organization=organization)
    deliver()

    assert list_alerts(database) == [("lan@example.org", listing.reference, "waiting")]


def test_who_has_not_confirmed_the_address_is_not_written_to(db: Session, database: Database, deliver: Deliver) -> None:
    make_search(db, by=make_user(db, confirmed=False))
    disabled = make_user(db)
    make_search(db, by=disabled)
    disabled.disabled_at = utc_now()
    db.commit()

    make_listing(db)
    deliver()

    assert list_alerts(database) == []


def test_an_edit_of_the_words_makes_it_another_search(db: Session, database: Database, deliver: Deliver) -> None:
    owner = make_user(db)
    search = make_search(db, by=make_user(db), words="shrimp")
    deliver()
    search.words = "kiln"
    db.commit()

    listing: Listing = make_listing(db, by=owner)
    deliver()

    assert [reference for _email, reference, _state in list_alerts(database)] == [listing.reference]
