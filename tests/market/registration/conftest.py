import pytest
from sqlalchemy.orm import Session

from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.registrations import make_type, open_registration
from tests.market.registration.expo import Expo


@pytest.fixture
def expo(db: Session) -> Expo:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer, texts={"en": "Drying fair", "vi": "Hội chợ sấy"})
    kind = make_type(db, event, by=organizer, capacity=2, names=["vi:Khách thương mại"])
    open_registration(db, event, by=organizer)
    return Expo(organizer, event, kind)
