from itertools import count

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.service import create_user
from market.kernel.clock import utc_now

PASSWORD = "four words of tests"
_numbers = count(1)


def make_user(
    db: Session, *, email: str = "", name: str = "Lan", language: str = "en", confirmed: bool = True,
    staff: bool = False, organizer: bool = False,
) -> User:  # fmt: skip
    user = create_user(
        db, email=email or f"person{next(_numbers)}@example.org", name=name, password=PASSWORD, language=language,
        now=utc_now(), confirmed=confirmed, staff=staff, organizer=organizer,
    )  # fmt: skip
    db.commit()
    return user
