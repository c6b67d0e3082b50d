import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.passwords import verify_password
from market.accounts.service import sign_in
from market.kernel.clock import utc_now
from market.kernel.db import Database
from tests.make.accounts import PASSWORD, make_user
from tests.make.commands import Market
from tests.make.stored import read_stored

CREATE = ("users", "create", "--password-stdin", "--email")


@pytest.mark.parametrize(
    ("options", "staff", "organizer", "confirmed"),
    [
        pytest.param((), False, False, False, id="nobody special"),
        pytest.param(("--staff",), True, False, False, id="staff"),
        pytest.param(("--organizer",), False, True, False, id="organizer"),
        pytest.param(("--verified",), False, False, True, id="verified"),
        pytest.param(("--verified", "--staff", "--organizer"), True, True, True, id="all"),
    ],
)
def test_an_account_is_made_as_asked(
    market: Market, database: Database, *, options: tuple[str, ...], staff: bool, organizer: bool, confirmed: bool
) -> None:
    outcome = market(*CREATE, "Lan@Example.org", *options, stdin=f"{PASSWORD}\n")

    assert (outcome.code, outcome.printed, outcome.said) == (0, "", "account Lan@Example.org made")
    (user,) = read_stored(database, select(User))
    assert (user.email, user.name, user.language) == ("lan@example.org", "Lan@Example.org", "en")
    assert (user.is_staff, user.is_organizer, user.is_demo) == (staff, organizer, False)
    assert (user.confirmed_at is not None) == confirmed


def test_who_was_made_by_the_command_can_sign_in(market: Market, db: Session, database: Database) -> None:
    market(*CREATE, "lan@example.org", "--name", "Lan", "--language", "vi", "--verified", stdin=f"{PASSWORD}\n")

    user, _token = sign_in(db, email="lan@example.org", password=PASSWORD, browser="", now=utc_now())

    assert (user.name, user.language) == ("Lan", "vi")


def test_a_password_is_taken_as_it_stands_up_to_the_end_of_the_line(market: Market, database: Database) -> None:
    market(*CREATE, "lan@example.org", stdin=" mật khẩu của tôi \nanother line\n")

    (user,) = read_stored(database, select(User))
    assert verify_password(" mật khẩu của tôi ", user.password_hash)


@pytest.mark.parametrize(
    ("options", "password", "reason"),
    [
        pytest.param(("lan",), PASSWORD, "'lan' is no mail address", id="no address"),
        pytest.param(("lan@example.org\nBcc: x@y.org",), PASSWORD, None, id="line end in the address"),
        pytest.param(("lan@example.org",), "", "a password has 10 to 200 characters", id="no password"),
        pytest.param(("lan@example.org",), "short", "a password has 10 to 200 characters", id="short"),
        pytest.param(("lan@example.org",), "lan" * 70, "a password has 10 to 200 characters", id="long"),
        pytest.param(("lan@example.org",), "password123", "this password is easy to guess", id="common"),
        pytest.param(("lan@example.org",), "lan@example.org", "this password is easy to guess", id="the address"),
        pytest.param(
            ("lan@example.org", "--name", "x" * 101), PASSWORD, "a name has 1 to 100 characters", id="long name"
        ),
    ],
)
def test_what_the_pages_would_refuse_the_command_refuses(
    market: Market, database: Database, options: tuple[str, ...], password: str, reason: str | None
) -> None:
    outcome = market(*CREATE, *options, stdin=f"{password}\n")

    assert outcome.code == 1
    assert reason is None or outcome.said == f"refused: {reason}"
    assert password == "" or password in " ".join(options) or password not in outcome.said
    assert read_stored(database, select(User)) == []


@pytest.mark.parametrize(
    "typed", [b"\xff\xfelong enough words\n", "\udcff\udcfelong enough words\n"], ids=["bytes", "passed through"]
)
def test_a_password_that_is_no_text_is_refused(market: Market, database: Database, typed: str | bytes) -> None:
    outcome = market(*CREATE, "lan@example.org", stdin=typed)

    assert (outcome.code, outcome.said) == (1, "refused: the password is no text in UTF-8")
    assert read_stored(database, select(User)) == []


def test_an_address_has_one_account(market: Market, db: Session, database: Database) -> None:
    make_user(db, email="lan@example.org", name="The first")

    outcome = market(*CREATE, "LAN@example.org", stdin=f"{PASSWORD}\n")

    assert (outcome.code, outcome.said) == (1, "refused: LAN@example.org has an account already")
    assert read_stored(database, select(User.name)) == ["The first"]


def test_a_password_is_never_taken_from_the_command_line(market: Market, database: Database) -> None:
    """Everybody on the machine can read it there."""
    outcome = market("users", "create", "--email", "lan@example.org", stdin=f"{PASSWORD}\n")

    assert outcome.code == 2
    assert "--password-stdin" in outcome.said
    assert read_stored(database, select(User)) == []
