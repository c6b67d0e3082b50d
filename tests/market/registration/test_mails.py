"""Who registered is told of every turn, once, in the own language."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.forms import DaysForm
from market.events.service import change_state, copy_event
from market.kernel.clock import utc_now
from market.kernel.outbox import FactRow, RecordedFact
from market.kernel.work import Work
from market.notifications.models import Mail
from market.registration import queries, reactions
from market.registration.enums import Decision
from market.registration.service import decide
from tests.make.accounts import make_user
from tests.make.organizations import make_viewer
from tests.make.registrations import make_participant, make_question, make_registration, make_type
from tests.market.registration.expo import Expo

Deliver = Callable[[], None]


def list_mails(db: Session) -> list[tuple[str, str, str]]:
    mails = db.scalars(select(Mail).order_by(Mail.created_at)).all()
    db.commit()  # or the worker would wait for this session
    return [(mail.recipient, mail.language, mail.body) for mail in mails]


def find_fact(db: Session, name: str) -> RecordedFact:
    """The newest of that name, as a handler gets it once more."""
    row = db.scalars(select(FactRow).where(FactRow.name == name).order_by(FactRow.recorded_at.desc())).first()
    db.commit()
    assert row is not None
    return RecordedFact(row.id, row.name, row.subject_id, row.content, row.recorded_at, 1)


def decide_on(db: Session, expo: Expo, code: str, decision: Decision) -> None:
    decide(db, expo.event, [code], decision, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()


def test_each_turn_is_told_once_in_the_participants_language(db: Session, expo: Expo, deliver: Deliver) -> None:
    press = make_type(db, expo.event, by=expo.organizer, name="Press", capacity=1, needs_approval="1")
    lan, mai = make_user(db, language="vi"), make_user(db, language="th")
    first, second = (make_registration(db, expo.event, press, person) for person in (lan, mai))
    deliver()
    for one, decision in (
        (first, Decision.ADMIT), (second, Decision.ADMIT), (first, Decision.CANCEL), (second, Decision.DECLINE),
    ):  # fmt: skip
        decide_on(db, expo, one.code, decision)
        deliver()
    deliver()

    told = [(recipient, language, body.splitlines()[2][:24]) for recipient, language, body in list_mails(db)]
    assert told == [
        (lan.email, "vi", "ban tổ chức Hội chợ sấy "),
        (mai.email, "th", "ผู้จัด Drying fair ได้รั"),
        (lan.email, "vi", "bạn đã có một chỗ tại Hộ"),
        (mai.email, "th", "ที่นั่งของ Drying fair เ"),
        (lan.email, "vi", "đăng ký của bạn cho Hội "),
        (mai.email, "th", "มีที่ว่างแล้ว คุณเข้าร่ว"),
        (mai.email, "th", "ผู้จัด Drying fair ไม่สา"),
    ]


def test_a_mail_leads_to_the_registration_or_without_an_account_to_the_event(
    db: Session, expo: Expo, deliver: Deliver
) -> None:
    own = make_registration(db, expo.event, expo.kind, make_user(db))
    make_participant(db, expo.event, expo.kind, by=expo.organizer, email="mai@example.org")

    deliver()

    ends = [body.strip().rpartition("/en/")[2] for _recipient, _language, body in list_mails(db)]
    assert ends == [f"registrations/{own.code}", f"events/{expo.event.slug}"]
    assert all(own.code in body for recipient, _language, body in list_mails(db) if recipient == own.email)


def test_a_fact_delivered_twice_writes_one_mail(db: Session, expo: Expo, work: Work, deliver: Deliver) -> None:
    make_registration(db, expo.event, expo.kind, make_user(db))
    deliver()
    fact = find_fact(db, "ParticipantMoved")

    reactions.write_participant_mails(work, [fact])

    assert len(list_mails(db)) == 1


def test_what_has_changed_again_before_it_was_told_is_told_as_it_is(db: Session, expo: Expo, deliver: Deliver) -> None:
    own = make_registration(db, expo.event, expo.kind, make_user(db))
    decide_on(db, expo, own.code, Decision.CANCEL)

    deliver()

    (mail,) = list_mails(db)
    assert "is cancelled." in mail[2]


def test_an_event_that_is_called_off_is_told_once_to_all_who_come_or_may_come(
    db: Session, expo: Expo, work: Work, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "TOLD_AT_ONCE", 2)
    people = [make_user(db, language=language) for language in ("en", "vi", "th", "km")]
    registered = [make_registration(db, expo.event, expo.kind, person) for person in people]
    decide_on(db, expo, registered[0].code, Decision.CANCEL)
    deliver()
    before = len(list_mails(db))

    change_state(db, expo.event, EventState.CANCELLED, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()
    deliver()
    reactions.tell_called_off(work, [find_fact(db, "EventStateChanged")])

    told = list_mails(db)[before:]
    assert sorted((recipient, language) for recipient, language, _body in told) == sorted(
        (person.email, person.language) for person in people[1:]
    )
    assert all("Drying fair" in body or "Hội chợ sấy" in body for _recipient, _language, body in told)


def test_nobody_moves_up_to_an_event_that_was_called_off(db: Session, expo: Expo, deliver: Deliver) -> None:
    registered = [make_registration(db, expo.event, expo.kind, make_user(db)) for _person in range(3)]
    change_state(db, expo.event, EventState.CANCELLED, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()
    decide_on(db, expo, registered[0].code, Decision.CANCEL)
    deliver()

    told = [(recipient, "called off" in body) for recipient, _language, body in list_mails(db)]
    assert sorted(told) == sorted((one.email, True) for one in registered[1:])


def test_a_name_of_several_lines_starts_no_header_and_no_paragraph(db: Session, expo: Expo, deliver: Deliver) -> None:
    make_registration(db, expo.event, expo.kind, make_user(db), name="Lan\r\nBcc: all@example.org")

    deliver()

    ((_recipient, _language, body),) = list_mails(db)
    assert body.splitlines()[0] == "Dear Lan Bcc: all@example.org,"


def test_the_next_edition_asks_the_same(db: Session, expo: Expo, deliver: Deliver) -> None:
    make_question(db, expo.event, by=expo.organizer, name="Meal", kind="choice", choices="Rice\nNoodles")
    make_registration(db, expo.event, expo.kind, make_user(db))
    days = DaysForm(
        starts_on=expo.event.starts_on + timedelta(days=365), ends_on=expo.event.starts_on + timedelta(days=366)
    )

    copy = copy_event(db, expo.event, days, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()
    deliver()

    assert [(kind.name, kind.names, kind.capacity, kind.admitted) for kind in queries.list_types(db, copy.id)] == [
        ("Trade visitor", {"vi": "Khách thương mại"}, 2, 0)
    ]
    assert [one.name for one in queries.list_questions(db, copy.id)] == ["Meal"]


def test_who_left_and_came_back_before_the_mails_went_out_is_told_of_the_last_turn_alone(
    db: Session, expo: Expo, deliver: Deliver
) -> None:
    person = make_user(db)
    own = make_registration(db, expo.event, expo.kind, person)
    decide_on(db, expo, own.code, Decision.CANCEL)
    make_registration(db, expo.event, expo.kind, person)

    deliver()

    assert [recipient for recipient, _language, _body in list_mails(db)] == [person.email]
