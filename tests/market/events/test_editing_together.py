"""Several people at one event: nobody overwrites what somebody else has saved without seeing it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event, EventText
from market.kernel.db import Database
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.events import make_event
from tests.make.reading import read_form, read_rows
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR


@pytest.fixture
def fair(db: Session, lan: User) -> Event:
    return make_event(db, by=lan, texts={"zh-Hans": "柳江干燥展"})


def test_of_two_editors_at_once_the_second_sees_both_versions_and_overwrites_nothing_unseen(
    db: Session, fair: Event, browser: Visitor, sign_in: Callable[..., Visitor], database: Database
) -> None:
    address = f"/en/manage/events/{fair.slug}/edit"
    other = sign_in(make_user(db, staff=True))
    mine, theirs = (read_form(one.get(address), "/edit") for one in (browser, other))
    other.post(theirs.address, theirs.filled({"city": "Liuzhou", "country": "VN"}))

    refused = browser.post(mine.address, mine.filled({"city": "Guilin"}))

    assert refused.status_code == 409
    assert read_rows(refused) == [["City", "Guilin", "Liuzhou"], ["Country", "CN", "VN"]]
    cities = select(EventText.city).where(EventText.language == "zh-Hans")
    assert read_stored(database, cities) == ["Liuzhou"]
    again = read_form(refused, "/edit")
    browser.post(again.address, again.values)
    assert read_stored(database, cities) == ["Guilin"]


def test_of_two_translators_at_once_the_second_sees_both_versions(
    db: Session, fair: Event, browser: Visitor, sign_in: Callable[..., Visitor], database: Database
) -> None:
    address = f"/en/manage/events/{fair.slug}/words/vi"
    other = sign_in(make_user(db, staff=True))
    mine, theirs = (read_form(one.get(address), "/words/vi") for one in (browser, other))
    other.post(theirs.address, theirs.filled({"title": "Of theirs"}))

    refused = browser.post(mine.address, mine.filled({"title": "Of mine"}))

    assert refused.status_code == 409
    assert read_rows(refused) == [["Title", "Of mine", "Of theirs"]]
    titles = select(EventText.title).where(EventText.language == "vi")
    assert read_stored(database, titles) == ["Of theirs"]
    again = read_form(refused, "/words/vi")
    browser.post(again.address, again.values)
    assert read_stored(database, titles) == ["Of mine"]


def test_a_fault_corrected_does_not_overwrite_what_somebody_else_saved_meanwhile(
    db: Session, fair: Event, browser: Visitor, sign_in: Callable[..., Visitor], database: Database
) -> None:
    address = f"/en/manage/events/{fair.slug}/edit"
    other = sign_in(make_user(db, staff=True))
    mine, theirs = (read_form(one.get(address), "/edit") for one in (browser, other))
    other.post(theirs.address, theirs.filled({"city": "Liuzhou"}))

    faulty = browser.post(mine.address, mine.filled({"website": "no address"}))
    corrected = read_form(faulty, "/edit")
    sent = browser.post(corrected.address, corrected.filled({"website": ""}))

    assert (faulty.status_code, sent.status_code) == (422, 409)
    assert read_stored(database, select(EventText.city)) == ["Liuzhou"]


@pytest.mark.parametrize(
    ("page", "field", "usual"), [("edit", "city", FAIR), ("words/vi", "title", {})], ids=["editors", "translators"]
)
def test_of_people_at_the_same_moment_one_saves_and_the_others_are_asked_to_compare(
    fair: Event, browser: Visitor, database: Database, page: str, field: str, usual: dict[str, str]
) -> None:
    fields = {**usual, "_version": str(fair.version)}
    address = f"/en/manage/events/{fair.slug}/{page}"

    answers = post_together([(browser, address, {**fields, field: text}) for text in ("Nanning", "Guilin", "Beihai")])

    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert read_stored(database, select(Event.version)) == [fair.version + 1]


@pytest.mark.parametrize(
    ("page", "usual"), [("edit", FAIR), ("words/vi", {"title": "Hội chợ sấy"})], ids=["edit", "words"]
)
def test_a_double_click_on_save_saves_once(
    fair: Event, browser: Visitor, event_facts: Callable[[], list[str]], page: str, usual: dict[str, str]
) -> None:
    sent = {**usual, "_version": str(fair.version)}
    before = len(event_facts())

    answers = post_together([(browser, f"/en/manage/events/{fair.slug}/{page}", sent)] * 3)

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert event_facts()[before:] == ["EventChanged"]


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "１", "9" * 30, "0"])
@pytest.mark.parametrize("page", ["edit", "words/vi"])
def test_a_version_that_no_form_of_ours_carries_changes_nothing(
    fair: Event, browser: Visitor, database: Database, page: str, version: str
) -> None:
    before = take_stock(database)
    fields = FAIR if page == "edit" else {"title": "Hội chợ sấy"}

    answer = browser.post(f"/en/manage/events/{fair.slug}/{page}", {**fields, "_version": version})

    assert answer.status_code in (400, 409)
    assert take_stock(database) == before
