"""What was checked goes into the staging tables, and out of them again."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from market.exchange.checking import Checked, Staged, decide_change, name_new
from market.exchange.comparing import Stored
from market.exchange.enums import Change, Verdict
from market.exchange.models import ImportProblem, ImportRun, StagedCode, StagedListing, StagedText
from market.listings.models import Listing

CLEARED_AT_ONCE: Final = 2_000


def keep_checked(session: Session, run: ImportRun, checked: Checked, stored: dict[str, Stored]) -> None:
    """Write a batch down and count it. The caller commits: batch and count stand or fall together."""
    changes: dict[str, int] = {}
    listings: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    codes: list[dict[str, Any]] = []
    for staged in checked.staged:
        known = stored.get(staged.row_id) if staged.row_id else None
        change = decide_change(staged, known)
        changes[change] = changes.get(change, 0) + 1
        key = {"run_id": run.id, "line": staged.line}
        listings.append(key | staged.listing | _name(staged, known) | {"change": change, "verdict": staged.verdict})
        texts.extend(key | text for text in staged.texts)
        codes.extend(key | code for code in staged.codes)
    for model, rows in ((StagedListing, listings), (StagedText, texts), (StagedCode, codes)):
        if rows:
            session.execute(insert(model), rows)
    _keep_problems(session, run.id, checked)
    repaired = sum(staged.verdict is Verdict.REPAIRED for staged in checked.staged)
    run.counts = _add_up(
        run.counts,
        changes | {"refused": checked.refused, "repaired": repaired, "rows": len(checked.staged) + checked.refused},
    ) | {"extras": _add_up(run.counts.get("extras", {}), checked.extras)}


def _name(staged: Staged, known: Stored | None) -> dict[str, Any]:
    if known is not None:
        return {"listing_id": known.id, "reference": known.reference, "seen_version": known.version}
    listing_id, reference = name_new(staged)
    return {"listing_id": listing_id, "reference": reference, "seen_version": None}


def _keep_problems(session: Session, run_id: UUID, checked: Checked) -> None:
    numbers: dict[int, int] = {}
    rows = []
    for line, row_id, problem in checked.problems:
        numbers[line] = numbers.get(line, 0) + 1
        rows.append(
            {
                "run_id": run_id,
                "line": line,
                "number": numbers[line],
                "row_id": row_id,
                "column": problem.column,
                "verdict": problem.verdict,
                "message": problem.fault.message,
                "values": dict(problem.fault.values),
                "excerpt": problem.excerpt,
            }
        )
    if rows:
        session.execute(insert(ImportProblem), rows)


def _add_up(counts: dict[str, Any], more: dict[str, int]) -> dict[str, Any]:
    return counts | {name: counts.get(name, 0) + number for name, number in more.items()}


def read_seen_ids(session: Session, run_id: UUID) -> dict[str, int]:
    """Id → line, of the rows staged before: a run that was cut off goes on with them."""
    staged = select(StagedListing.external_id, StagedListing.line).where(
        StagedListing.run_id == run_id, StagedListing.external_id.is_not(None)
    )
    refused = select(ImportProblem.row_id, ImportProblem.line).where(
        ImportProblem.run_id == run_id, ImportProblem.verdict == Verdict.REFUSED, ImportProblem.row_id != ""
    )
    return {row_id: line for row_id, line in (*session.execute(staged), *session.execute(refused)) if row_id}


def redraw_references(session: Session, run_id: UUID) -> None:
    """Give a staged listing another reference where a listing, or another staged one, has it already."""
    clash = (Listing.reference == StagedListing.reference) & (Listing.id != StagedListing.listing_id)
    taken = (
        select(StagedListing)
        .join(Listing, clash)
        .where(StagedListing.run_id == run_id, StagedListing.change == Change.NEW)
    )
    twice = (
        select(func.max(StagedListing.line))
        .where(StagedListing.run_id == run_id)
        .group_by(StagedListing.reference)
        .having(func.count() > 1)
    )
    while rows := [*session.scalars(taken), *_list_lines(session, run_id, session.scalars(twice))]:
        for row in rows:
            _listing_id, row.reference = name_new(
                Staged(row.line, None, {"kind": row.kind, "country": row.country}, [], [], row.verdict)
            )
        session.flush()  # the next look is at what was drawn


def _list_lines(session: Session, run_id: UUID, lines: Iterable[int]) -> Iterable[StagedListing]:
    chosen = select(StagedListing).where(StagedListing.run_id == run_id, StagedListing.line.in_(list(lines)))
    return session.scalars(chosen)


def clear_staged(session: Session, run_id: UUID, *, through: int | None = None) -> bool:
    """Take out a number of staged rows (up to the line `through`); whether there may be more."""
    chosen = select(StagedListing.line).where(StagedListing.run_id == run_id)
    if through is not None:
        chosen = chosen.where(StagedListing.line <= through)
    lines = session.scalars(chosen.order_by(StagedListing.line).limit(CLEARED_AT_ONCE)).all()
    if not lines:
        return False
    for model in (StagedCode, StagedText, StagedListing):
        session.execute(delete(model).where(model.run_id == run_id, model.line.between(lines[0], lines[-1])))
    return len(lines) == CLEARED_AT_ONCE
