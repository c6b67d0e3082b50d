import pytest
from sqlalchemy.orm import Session

from tests.make.accounts import make_user
from tests.make.events import make_event, make_room
from tests.market.programme.fair import Fair


@pytest.fixture
def fair(db: Session) -> Fair:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer, texts={"en": "Drying fair", "vi": "Hội chợ sấy"})
    return Fair(organizer, event, make_room(db, event, by=organizer))
