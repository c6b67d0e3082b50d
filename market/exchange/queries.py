"""Every read of imports for pages; each is narrowed to the organizations that the viewer acts for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from market.exchange.enums import Change, Verdict
from market.exchange.models import ImportProblem, ImportRun, StagedListing, StagedText
from market.kernel.errors import NotFound
from market.kernel.viewer import Viewer
from market.listings.enums import ListingKind
from market.listings.queries import Key

READ_AT_ONCE = 1_000


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """Nobody else's business, not even the staff's: rows are as private as drafts until they are in the market."""
    return ImportRun.organization_id.in_(viewer.organizations)


def list_runs(session: Session, viewer: Viewer, *, after: Key | None, limit: int) -> Sequence[ImportRun]:
    """The latest first, with their organizations."""
    chosen = select(ImportRun).where(visible_to(viewer)).options(joinedload(ImportRun.organization))
    if after is not None:
        moment, run_id = after
        same = and_(ImportRun.created_at == moment, ImportRun.id < run_id)
        chosen = chosen.where(or_(ImportRun.created_at < moment, same))
    return session.scalars(chosen.order_by(ImportRun.created_at.desc(), ImportRun.id.desc()).limit(limit)).all()


def get_run(session: Session, run_id: UUID, *, viewer: Viewer) -> ImportRun:
    chosen = select(ImportRun).where(ImportRun.id == run_id, visible_to(viewer))
    run = session.scalar(chosen.options(joinedload(ImportRun.organization)))
    if run is None:
        raise NotFound
    return run


def get_run_to_change(session: Session, run_id: UUID, *, viewer: Viewer) -> ImportRun:
    """Locked: the second of two clicks sees what the first one did."""
    run = session.scalar(select(ImportRun).where(ImportRun.id == run_id, visible_to(viewer)).with_for_update())
    if run is None:
        raise NotFound
    return run


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A listing as it will be; `language` is that of its title."""

    line: int
    title: str
    language: str
    kind: ListingKind
    change: Change
    publishes: bool


def list_first_rows(session: Session, run: ImportRun, *, limit: int) -> list[StagedRow]:
    original = (
        (StagedText.run_id == StagedListing.run_id)
        & (StagedText.line == StagedListing.line)
        & (StagedText.language == StagedListing.language)
    )
    columns = (
        StagedListing.line, StagedText.title, StagedListing.language, StagedListing.kind, StagedListing.change,
        StagedListing.publishes,
    )  # fmt: skip
    chosen = select(*columns).join(StagedText, original).where(StagedListing.run_id == run.id)
    return [StagedRow(*row) for row in session.execute(chosen.order_by(StagedListing.line).limit(limit))]


def count_effects(session: Session, run: ImportRun) -> dict[tuple[Change, bool], int]:
    """How many rows of a checked run there are by what they do, and by whether they are public afterwards."""
    kinds = (StagedListing.change, StagedListing.publishes)
    chosen = select(*kinds, func.count()).where(StagedListing.run_id == run.id).group_by(*kinds)
    return {(change, publishes): number for change, publishes, number in session.execute(chosen)}


def list_problems(
    session: Session, run: ImportRun, *, verdict: Verdict | None, after: tuple[int, int] | None, limit: int
) -> Sequence[ImportProblem]:
    """In the order of the file."""
    key = (ImportProblem.line, ImportProblem.number)
    chosen = select(ImportProblem).where(ImportProblem.run_id == run.id)
    if verdict is not None:
        chosen = chosen.where(ImportProblem.verdict == verdict)
    if after is not None:
        line, number = after
        same = and_(ImportProblem.line == line, ImportProblem.number > number)
        chosen = chosen.where(or_(ImportProblem.line > line, same))
    return session.scalars(chosen.order_by(*key).limit(limit)).all()


def iterate_problems(session: Session, run: ImportRun) -> Iterator[ImportProblem]:
    after: tuple[int, int] | None = None
    while problems := list_problems(session, run, verdict=None, after=after, limit=READ_AT_ONCE):
        yield from problems
        after = (problems[-1].line, problems[-1].number)
        session.expunge_all()  # a report of a hundred thousand lines stays small
