from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.web import deps
from market.web.apikit import doors
from tests.make import events as builders
from tests.make.accounts import make_user
from tests.make.programs import Program
from tests.make.visitor import Visitor


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db, email="lan@example.org", organizer=True)


@pytest.fixture
def browser(lan: User, sign_in: Callable[..., Visitor]) -> Visitor:
    """Of Lan, who organizes."""
    return sign_in(lan)


@pytest.fixture
def passer_by(visitor: Visitor) -> Visitor:
    """Not signed in, and with a cookie: is not shown the pages that are kept for a moment for those without."""
    other = Visitor(visitor.app, visitor.settings)
    other.form_token()
    return other


@pytest.fixture
def event_facts(facts: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Those of this room, oldest first."""
    return lambda: [name for name in facts() if name.startswith(("Event", "Team"))]


@pytest.fixture
def anybody(visitor: Visitor) -> Program:
    """A program without a token."""
    return Program(visitor.client)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """What time it is for pages, for doors of the API, and for who announces an event in a test."""

    def turn(moment: datetime) -> None:
        monkeypatch.setattr(deps, "get_now", lambda: moment)
        monkeypatch.setattr(doors, "get_now", lambda: moment)
        monkeypatch.setattr(builders, "utc_now", lambda: moment)

    return turn
