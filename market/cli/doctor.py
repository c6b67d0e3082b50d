"""What is wrong with this installation."""

import re
import shutil
import smtplib
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from market.cli.output import AsJson, Refused, print_json
from market.cli.parts import open_database, open_parts, read_settings
from market.cli.schema import is_current
from market.cli.settings import find_existing, list_problems, list_unheard
from market.kernel.config import Settings
from market.kernel.outbox import measure_backlog
from market.notifications.postman import Postman
from search.port import SearchUnavailable

LEAST_FREE_BYTES = 500_000_000

_HOST = re.compile(r"(?:[^:/\[]*|\[[^\]]*\])(?::\d+)?(?:/|$)")
"""A host, perhaps with a port, up to the path."""

_NEXT_HOST = re.compile(r",\s*(?=https?://)")
"""Between two addresses. A comma elsewhere stands in a password: what is behind it is no address of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    good: bool
    detail: str


def examine(as_json: AsJson = False) -> None:
    """Look at settings, database, index, embedder and disk; print the settings without secrets."""
    settings = read_settings()
    findings = list(find_problems(settings))
    if as_json:
        print_json({"settings": show_settings(settings), "findings": [vars_of(finding) for finding in findings]})
    else:
        for name, value in show_settings(settings).items():
            print(f"  {name:24} {value}")
        for finding in findings:
            print(f"{'ok ' if finding.good else 'BAD'} {finding.what}: {finding.detail}")
    if bad := [finding.what for finding in findings if not finding.good]:
        raise Refused(", ".join(bad))


def show_settings(settings: Settings) -> dict[str, str]:
    shown = {f"MARKET_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    for name in ("MARKET_DATABASE_URL", "MARKET_MAIL_URL", "MARKET_EMBEDDINGS_URL"):
        shown[name] = _without_secrets(shown[name])
    shown["MARKET_SEARCH_URL"] = ",".join(map(_without_secrets, _NEXT_HOST.split(settings.search_url)))
    return shown


def find_problems(settings: Settings) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    problems = list_problems(settings)
    yield Finding("settings", not problems, "; ".join(problems) or settings.environment.value)
    if unheard := list_unheard():
        yield Finding("without effect", good=True, detail=f"no settings of this release: {', '.join(unheard)}")
    yield _examine_database(settings)
    yield _examine_search(settings)
    yield _examine_mail(settings)
    free = shutil.disk_usage(find_existing(settings.data_dir)).free
    yield Finding("disk", free > LEAST_FREE_BYTES, f"{free // 1_000_000} MB free")


def vars_of(finding: Finding) -> dict[str, object]:
    return {"what": finding.what, "good": finding.good, "detail": finding.detail}


def _examine_database(settings: Settings) -> Finding:
    try:
        with open_database(settings) as database:
            if not is_current(database):
                return Finding("database", good=False, detail="schema is not current: run `market migrate`")
            with database.reading() as session:
                backlog = measure_backlog(session)
    except (Refused, OSError) as problem:
        return Finding("database", good=False, detail=str(problem))
    except SQLAlchemyError as problem:
        return Finding("database", good=False, detail=type(problem).__name__)
    detail = f"{database.engine.dialect.name}, {backlog.waiting} facts waiting, {backlog.set_aside} set aside"
    return Finding("database", backlog.set_aside == 0, detail)


def _examine_search(settings: Settings) -> Finding:
    try:
        with open_parts(settings, write_index=False) as parts:
            status = parts.search.status()
    except (SearchUnavailable, Refused, OSError) as problem:
        return Finding("search", good=False, detail=str(problem))
    if status.problem:
        return Finding("search", good=False, detail=status.problem)
    embedder = status.embedder or "no embedder: search goes by words alone"
    return Finding("search", good=True, detail=f"{status.engine}, {status.documents} documents, {embedder}")


def _examine_mail(settings: Settings) -> Finding:
    if not settings.mail_url:
        return Finding("mail", settings.in_development, "no server: mails are kept at /dev/mail in development only")
    try:
        postman = Postman(settings.mail_url)
    except ValueError as problem:
        return Finding("mail", good=False, detail=str(problem))
    fault = _knock(postman)
    return Finding("mail", fault is None, fault or f"sent as {postman.sender}")


def _knock(postman: Postman) -> str | None:
    """What keeps the mail server from taking our mails; no mail is sent."""
    try:
        postman.knock()
    except ssl.SSLCertVerificationError as problem:
        return f"the server's certificate is not trusted: {problem.verify_message}"
    except smtplib.SMTPAuthenticationError as problem:
        return f"the server refuses user or password: {_quote_reply(problem)}"
    except smtplib.SMTPResponseException as problem:
        return f"the server refuses: {_quote_reply(problem)}"
    except OSError as problem:  # which everything else is that can go wrong on the way, faults of smtplib too
        return f"the server does not answer as it should: {problem}"
    return None


def _quote_reply(problem: smtplib.SMTPResponseException) -> str:
    reply = problem.smtp_error
    return f"{problem.smtp_code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}"


def _without_secrets(address: str) -> str:
    """Without user, password and query, which may hold a password or a key; nothing but the scheme where one cannot
    tell where the password ends.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return "…" if "@" in address else address
    place, question, query = rest.partition("?")
    if "@" not in place and (not _HOST.match(place) or ("@" in query and not query.startswith("from="))):
        return f"{scheme}://…"
    shown = f"…@{place.rsplit('@', 1)[1]}" if "@" in place else place
    return f"{scheme}://{shown}{'?…' if question else ''}"
