"""Every change of an account leaves its facts, which mails and later rooms hear; what changes nothing leaves none."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from market.accounts import service
from market.accounts.models import MailTokenPurpose, User
from market.kernel.clock import utc_now
from market.kernel.errors import NotAllowed
from tests.make.accounts import PASSWORD, make_user

NEW = "four quite other words"
LAN, CONFIRMED, DISABLED = "lan@example.org", "confirmed@example.org", "disabled@example.org"
CONFIRM, RESET = MailTokenPurpose.CONFIRM_ADDRESS, MailTokenPurpose.RESET_PASSWORD


@pytest.fixture
def people(db: Session) -> dict[str, User]:
    """Somebody who has not confirmed the address, somebody who has, and somebody whose account is closed."""
    people = {email: make_user(db, email=email, confirmed=email != LAN) for email in (LAN, CONFIRMED, DISABLED)}
    people[DISABLED].disabled_at = utc_now()
    db.commit()
    return people


def register(db: Session, email: str) -> None:
    service.register_user(db, email=email, name="Lan", password=NEW, language="th", now=utc_now())


def use_link(db: Session, user: User, purpose: MailTokenPurpose) -> None:
    token = service.issue_mail_token(db, user, purpose, now=utc_now())
    if purpose is CONFIRM:
        service.confirm_address(db, token, password=PASSWORD, now=utc_now())
    else:
        service.reset_password(db, token, password=NEW, now=utc_now())


def change_password(db: Session, user: User) -> None:
    keep = user.id  # no session of theirs
    service.change_password(db, user, old=PASSWORD, new=NEW, keep=keep, now=utc_now())


def sign_in(db: Session, email: str) -> None:
    service.sign_in(db, email=email, password=PASSWORD, browser="tests", now=utc_now())


def make_token(db: Session, user: User, *, token_id: UUID | None = None) -> UUID:
    number = token_id or uuid4()
    now = utc_now()
    service.make_token(db, user, token_id=number, name="Import", scopes=[], now=now, lifetime=None)
    return number


def end_token(db: Session, user: User, *, times: int = 1, owner: User | None = None) -> None:
    token_id = make_token(db, owner or user)
    for _time in range(times):
        service.end_token(db, user.id, token_id, now=utc_now())


def make_token_twice(db: Session, user: User) -> None:
    make_token(db, user, token_id=make_token(db, user))


def create(db: Session) -> None:
    service.create_user(db, email="new@example.org", name="Mai", password=NEW, language="vi", now=utc_now())


Change = Callable[[Session, dict[str, User]], object]

CHANGES: dict[str, tuple[Change, list[str]]] = {
    "registering": (lambda db, _people: register(db, "new@example.org"), ["AccountRegistered", "ConfirmationAsked"]),
    "registering again": (lambda db, _people: register(db, LAN), ["ConfirmationAsked"]),
    "registering somebody else": (lambda db, _people: register(db, CONFIRMED), ["RegistrationRepeated"]),
    "asking to confirm": (lambda db, people: service.ask_for_confirmation(db, people[LAN]), ["ConfirmationAsked"]),
    "asking to confirm again": (lambda db, people: service.ask_for_confirmation(db, people[CONFIRMED]), []),
    "confirming": (lambda db, people: use_link(db, people[LAN], CONFIRM), ["AddressConfirmed"]),
    "confirming once more": (lambda db, people: use_link(db, people[CONFIRMED], CONFIRM), []),
    "forgetting the password": (lambda db, _people: service.ask_for_reset(db, LAN), ["PasswordResetAsked"]),
    "forgetting that of a closed account": (lambda db, _people: service.ask_for_reset(db, DISABLED), []),
    "forgetting that of nobody": (lambda db, _people: service.ask_for_reset(db, "nobody@example.org"), []),
    "setting a new one": (lambda db, people: use_link(db, people[CONFIRMED], RESET), ["PasswordChanged"]),
    "changing it": (lambda db, people: change_password(db, people[CONFIRMED]), ["PasswordChanged"]),
    "signing in": (lambda db, _people: sign_in(db, CONFIRMED), ["SignInHappened"]),
    "another name": (
        lambda db, people: service.change_profile(db, people[LAN], name="Mai", language="vi"), ["AccountChanged"],
    ),
    "a token": (lambda db, people: make_token(db, people[CONFIRMED]), ["TokenMade"]),
    "a token by a double click": (lambda db, people: make_token_twice(db, people[CONFIRMED]), ["TokenMade"]),
    "ending a token twice": (
        lambda db, people: end_token(db, people[CONFIRMED], times=2), ["TokenEnded", "TokenMade"],
    ),
    "ending the token of another": (
        lambda db, people: end_token(db, people[LAN], owner=people[CONFIRMED]), ["TokenMade"],
    ),
    "an account made by hand": (lambda db, _people: create(db), ["AccountRegistered"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "left"), CHANGES.values(), ids=CHANGES)
def test_a_change_leaves_its_facts_and_no_others(
    db: Session, people: dict[str, User], facts: Callable[[], list[str]], change: Change, left: list[str]
) -> None:
    before = len(facts())

    change(db, people)
    db.commit()

    assert sorted(facts()[before:]) == left


@pytest.mark.parametrize("email", [LAN, DISABLED])
def test_nobody_makes_a_token_without_a_confirmed_account_in_use(
    db: Session, people: dict[str, User], facts: Callable[[], list[str]], email: str
) -> None:
    before = facts()

    with pytest.raises(NotAllowed):
        make_token(db, people[email])
    db.commit()

    assert facts() == before


def test_who_confirmed_long_ago_stays_so_whichever_link_comes_later(db: Session, people: dict[str, User]) -> None:
    user = people[CONFIRMED]
    since = user.confirmed_at

    use_link(db, user, CONFIRM)
    use_link(db, user, RESET)
    db.commit()

    assert user.confirmed_at == since
