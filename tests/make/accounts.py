from functools import cache
from itertools import count
from unittest.mock import patch

from sqlalchemy.orm import Session

from market.accounts import passwords
from market.accounts.models import User
from market.accounts.service import create_user
from market.kernel.clock import utc_now

_hash_password = passwords.hash_password

PASSWORD = "four words of tests"
_numbers = count(1)


def make_user(
    db: Session, *, email: str = "", name: str = "Lan", language: str = "en", confirmed: bool = True,
    staff: bool = False, organizer: bool = False,
) -> User:  # fmt: skip
    # All have one password, and its real hash takes as long as the rest of many a test.
    with patch.object(passwords, "hash_password", _hash_once):
        user = create_user(
            db, email=email or f"person{next(_numbers)}@example.org", name=name, password=PASSWORD, language=language,
            now=utc_now(), confirmed=confirmed, staff=staff, organizer=organizer,
        )  # fmt: skip
    db.commit()
    return user


@cache
def _hash_once(password: str) -> str:
    return _hash_password(password)
