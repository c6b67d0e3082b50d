import sys
from typing import Annotated

import typer

from locales import DEFAULT_LANGUAGE, LANGUAGES
from market.accounts import queries, rules, service
from market.cli.output import Refused, errors
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.kernel.clock import utc_now
from market.kernel.text import clean_line

LONGEST_NAME = 100
app = typer.Typer(no_args_is_help=True, help="Accounts.")


@app.callback()
def users() -> None:
    """Accounts."""


@app.command("create")
def create_user(
    email: Annotated[str, typer.Option(help="The mail address, which is also the name to sign in with.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    name: Annotated[str, typer.Option(help="The person's name; the address where left out.")] = "",
    language: Annotated[str, typer.Option(help="Code of the person's language.")] = DEFAULT_LANGUAGE,
    staff: Annotated[bool, typer.Option("--staff", help="A moderator of this site.")] = False,
    organizer: Annotated[bool, typer.Option("--organizer", help="May found events.")] = False,
    verified: Annotated[bool, typer.Option("--verified", help="The address is confirmed.")] = False,
) -> None:
    """Make an account."""
    if not password_stdin:
        raise typer.BadParameter("give the password with --password-stdin")
    password = _read_password()
    if not rules.is_address(rules.fold_email(email)):
        raise Refused(f"{email!r} is no mail address")
    if language not in LANGUAGES:
        sentence = f"{language!r} is none of our languages: {' '.join(LANGUAGES)}"
        raise typer.BadParameter(sentence, param_hint="--language")
    name = clean_line(name) or email[:LONGEST_NAME]
    if len(name) > LONGEST_NAME:
        raise Refused(f"a name has 1 to {LONGEST_NAME} characters")
    if not rules.MIN_PASSWORD <= len(password) <= rules.MAX_PASSWORD:
        raise Refused(f"a password has {rules.MIN_PASSWORD} to {rules.MAX_PASSWORD} characters")
    if rules.is_guessable(password, email=email, name=name):
        raise Refused("this password is easy to guess")
    with open_database(read_settings()) as database:
        require_current(database)
        with database.transaction() as session:
            if queries.find_user(session, email):
                raise Refused(f"{email} has an account already")
            service.create_user(
                session, email=email, name=name, password=password, language=language, now=utc_now(),
                confirmed=verified, staff=staff, organizer=organizer,
            )  # fmt: skip
    errors.print(f"account {email} made", markup=False)


def _read_password() -> str:
    try:
        password = sys.stdin.readline().rstrip("\n")
        password.encode()  # bytes that are no text may have come through as lone surrogates
    except UnicodeError as problem:
        raise Refused("the password is no text in UTF-8") from problem
    return password
