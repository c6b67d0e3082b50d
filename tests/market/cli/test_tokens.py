"""`market tokens`: made, listed and ended from the shell."""

import pytest

from market.accounts.queries import find_bearer
from market.kernel.clock import utc_now
from market.kernel.db import Database
from tests.make.accounts import make_user
from tests.make.commands import Market

EMAIL = "mai@example.org"
READ = ("--scope", "listings:read")


@pytest.fixture
def mai(database: Database) -> None:
    """Has a confirmed account; Lan has one that is not confirmed."""
    with database.writing() as db:
        make_user(db, email=EMAIL)
        make_user(db, email="lan@example.org", confirmed=False)


def scopes_of(database: Database, token: str) -> set[str] | None:
    with database.reading() as session:
        bearer = find_bearer(session.connection(), token, now=utc_now())
    return None if bearer is None else set(bearer.scopes)


def test_a_token_is_made_listed_and_ended(mai: None, database: Database, market: Market) -> None:
    made = market("tokens", "create", "--email", EMAIL, *READ, "--scope", "listings:write", "--days", "3", "--json")
    listed = market("tokens", "list", "--email", EMAIL, "--json").json
    before = scopes_of(database, made.json["token"])
    ended = market("tokens", "end", made.json["id"], "--email", EMAIL)

    assert before == {"listings:read", "listings:write"}
    assert [(token["id"], token["beginning"]) for token in listed] == [(made.json["id"], made.json["token"][:10])]
    assert (ended.code, scopes_of(database, made.json["token"])) == (0, None)
    assert market("tokens", "list", "--email", EMAIL, "--json").json == []


def test_only_the_token_is_printed(mai: None, database: Database, market: Market) -> None:
    printed = market("tokens", "create", "--email", EMAIL, *READ).printed

    assert scopes_of(database, printed.strip()) == {"listings:read"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create", "--email", "nobody@example.org", *READ), 1),
        (("create", "--email", "lan@example.org", *READ), 1),
        (("create", "--email", EMAIL, *READ, "--name", " "), 1),
        (("create", "--email", EMAIL), 2),
        (("create", "--email", EMAIL, "--scope", "everything"), 2),
        (("list", "--email", "nobody@example.org"), 1),
        (("end", "00000000-0000-0000-0000-000000000000", "--email", EMAIL), 1),
        (("end", "x", "--email", EMAIL), 2),
    ],
)
def test_what_cannot_be_done_is_refused(mai: None, market: Market, arguments: tuple[str, ...], code: int) -> None:
    assert market("tokens", *arguments).code == code
