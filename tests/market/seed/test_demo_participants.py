"""Who comes to the demo's coming expo."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.events.models import Event
from market.kernel.clock import utc_now
from market.notifications.models import Mail
from market.registration import queries
from market.registration.models import Participant
from market.seed.participants import seed_participants
from market.taxonomy.values import COUNTRIES
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.organizations import make_organization, make_viewer


def seed(db: Session) -> Event:
    organizer = make_user(db, organizer=True)
    make_organization(db, by=make_user(db, email="partner@demo.example", language="vi"), country="VN")
    event = make_event(db, by=organizer, texts={"zh-Hans": "中国—东盟科技展"})
    viewer = make_viewer(db, organizer)
    seed_participants(db, event, partner="partner@demo.example", by=viewer, now=utc_now())
    db.commit()
    return event


def test_three_hundred_people_of_all_languages_come_wait_or_hope(db: Session) -> None:
    event = seed(db)

    people = db.scalars(select(Participant).where(Participant.event_id == event.id)).all()
    names = {kind.id: kind.names["en"] for kind in queries.list_types(db, event.id)}
    assert Counter((names[one.type_id], one.state.value) for one in people) == {
        ("Exhibitor team", "admitted"): 110, ("Trade visitor", "admitted"): 150, ("Trade visitor", "waiting"): 24,
        ("Press", "admitted"): 8, ("Press", "waiting_approval"): 8,
    }  # fmt: skip
    assert {one.language for one in people} == set(LANGUAGES)
    assert {one.country for one in people} == set(COUNTRIES)
    assert [(kind.admitted, kind.capacity) for kind in queries.list_types(db, event.id)] == [
        (110, 120), (150, 150), (8, 30),
    ]  # fmt: skip


def test_the_partner_is_registered_and_nobody_is_told(db: Session, deliver: Callable[[], None]) -> None:
    event = seed(db)
    deliver()

    partner = queries.find_by_email(db, event.id, "partner@demo.example")
    assert partner is not None
    assert (partner.state, partner.language, partner.country) == ("admitted", "vi", "VN")
    assert partner.user_id is not None
    assert db.scalar(select(func.count()).select_from(Mail).where(Mail.recipient != "partner@demo.example")) == 0


def test_every_label_of_the_demo_stands_in_every_language(db: Session) -> None:
    event = seed(db)

    names = [kind.names for kind in queries.list_types(db, event.id)]
    names += [question.names for question in queries.list_questions(db, event.id)]
    assert [set(one) for one in names] == [set(LANGUAGES) - {"zh-Hans"}] * 5
