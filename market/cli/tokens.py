from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

import typer
from sqlalchemy.orm import Session

from market.accounts import queries, service
from market.accounts.models import ApiToken, User
from market.cli.output import AsJson, Refused, errors, print_json
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.kernel.clock import utc_now
from market.kernel.errors import NotAllowed
from market.kernel.text import clean_line
from market.kernel.viewer import OFFERED_SCOPES, Scope

LONGEST_NAME = 100
Email = Annotated[str, typer.Option(help="Mail address of the person for whom the program speaks.")]
app = typer.Typer(no_args_is_help=True, help="API tokens: what programs sign in with.")


def read_scope(text: str) -> Scope:
    """One of those that a door asks for: the enum has more."""
    if text not in OFFERED_SCOPES:
        raise typer.BadParameter(f"{text!r} is none of {' '.join(OFFERED_SCOPES)}")
    return Scope(text)


@app.callback()
def tokens() -> None:
    """API tokens: what programs sign in with."""


@app.command("create")
def create_token(
    email: Email,
    scope: Annotated[
        list[Scope],
        typer.Option(
            parser=read_scope,
            metavar=f"[{'|'.join(OFFERED_SCOPES)}]",
            help="What it may be used for; several times for several scopes.",
        ),
    ],
    name: Annotated[str, typer.Option(help="What it is for.")] = "made by a command",
    days: Annotated[int, typer.Option(min=0, max=3650, help="How long it is valid; 0: until it is ended.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is printed this once: only its hash is kept."""
    shown_name = clean_line(name)
    if not 1 <= len(shown_name) <= LONGEST_NAME:
        raise Refused(f"a name has 1 to {LONGEST_NAME} characters")
    with open_database(read_settings()) as database:
        require_current(database)
        with database.transaction() as session:
            user, token_id = _get_user(session, email), uuid4()
            try:
                token = service.make_token(
                    session, user, token_id=token_id, name=shown_name, scopes=scope, now=utc_now(),
                    lifetime=timedelta(days=days) if days else None,
                )  # fmt: skip
            except NotAllowed as problem:
                raise Refused(f"{email} is not confirmed, or disabled") from problem
            except service.TooManyTokens as problem:
                raise Refused(f"{email} has {service.MOST_TOKENS} tokens already") from problem
    if as_json:
        print_json({"id": str(token_id), "token": token, "scopes": sorted(scope)})
    else:
        print(token)


@app.command("list")
def list_tokens(email: Email, as_json: AsJson = False) -> None:
    """The tokens of a person that have not been ended."""
    with open_database(read_settings()) as database:
        require_current(database)
        with database.reading() as session:
            found = [_show(token) for token in queries.list_tokens(session, _get_user(session, email).id)]
    if as_json:
        print_json(found)
        return
    for token in found:
        print("\t".join(str(token[name] or "-") for name in ("id", "beginning", "name", "scopes", "expires_at")))


@app.command("end")
def end_token(
    token_id: Annotated[UUID, typer.Argument(help="The id that `market tokens list` shows.")], email: Email
) -> None:
    """End a token of a person: it opens nothing any more."""
    with open_database(read_settings()) as database:
        require_current(database)
        with database.transaction() as session:
            if not service.end_token(session, _get_user(session, email).id, token_id, now=utc_now()):
                raise Refused(f"{email} has no such token")
    errors.print(f"token {token_id} ended", markup=False)


def _get_user(session: Session, email: str) -> User:
    user = queries.find_user(session, email)
    if user is None:
        raise Refused(f"{email} has no account")
    return user


def _show(token: ApiToken) -> dict[str, str | None]:
    return {
        "id": str(token.id),
        "name": token.name,
        "beginning": token.shown,
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }
