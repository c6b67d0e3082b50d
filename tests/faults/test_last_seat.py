"""Fifty people ask for the last place at once, round after round: one of them has it, the others wait in order.
`tests/market/registration/test_seats.py` has the control that oversells."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select

from market.events.queries import find_event_by_id
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import Viewer
from market.registration import service
from market.registration.enums import ParticipantState
from market.registration.forms import RegistrationForm
from market.registration.models import Participant, RegistrationType
from tests.faults.running import BOTH, Installation, count_rounds
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.organizations import make_viewer
from tests.make.registrations import make_type, open_registration

pytestmark = pytest.mark.faults

ROUNDS = 1_000
CLIENTS = 50


def register(database: Database, event_id: UUID, type_id: UUID, by: Viewer) -> None:
    with database.transaction() as session:
        event = find_event_by_id(session, event_id)
        assert event is not None
        form = RegistrationForm(type=type_id, name="Lan", language="en")
        service.register(session, event, form, {}, by=by, now=utc_now())


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_the_last_place_is_given_once_in_every_round(installation: Installation) -> None:
    with installation.database() as database, ThreadPoolExecutor(CLIENTS) as threads:
        with database.writing() as session:
            organizer = make_user(session, organizer=True)
            people = [make_viewer(session, make_user(session)) for _person in range(CLIENTS)]
        for _round in range(count_rounds(ROUNDS)):
            with database.writing() as session:
                event = make_event(session, by=organizer)
                kind = make_type(session, event, by=organizer, capacity=1)
                open_registration(session, event, by=organizer)
            start = threading.Barrier(CLIENTS)

            def ask(
                person: Viewer, event_id: UUID = event.id, type_id: UUID = kind.id, at: threading.Barrier = start
            ) -> None:
                at.wait()
                register(database, event_id, type_id, person)

            list(threads.map(ask, people))
            with database.reading() as session:
                states = Counter(session.scalars(select(Participant.state).where(Participant.type_id == kind.id)))
                admitted = session.get_one(RegistrationType, kind.id).admitted
            assert states == {ParticipantState.ADMITTED: 1, ParticipantState.WAITING: CLIENTS - 1}
            assert admitted == 1
