"""Whether the index says what the database says: by id, version and content."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.listings.indexing import iterate_documents
from search.port import Engine


@dataclass(frozen=True, slots=True)
class Difference:
    reference: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reference}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differences` holds the first ones, `count` says how many there are."""

    compared: int
    count: int
    differences: list[Difference]


def compare_index(session: Session, engine: Engine, *, model: str | None, limit: int) -> Comparison:
    """Keeps one (version, hash) a document in memory, some 150 bytes each."""
    indexed = {state.id: (state.version, state.hash) for state in engine.iterate()}
    compared = count = 0
    differences: list[Difference] = []
    for document in iterate_documents(session, model=model):
        compared += 1
        there = indexed.pop(document.id, None)
        reason = _difference(there, document.version, document.hash)
        if reason:
            count += 1
            differences.append(Difference(document.id, reason))
            del differences[limit:]
    for reference in sorted(indexed):
        count += 1
        differences.append(Difference(reference, "in the index but not public in the database"))
        del differences[limit:]
    return Comparison(compared, count, differences)


def _difference(there: tuple[int, str] | None, version: int, fingerprint: str) -> str | None:
    if there is None:
        return "missing in the index"
    if there[0] != version:
        return f"version {there[0]} in the index, {version} in the database"
    if there[1] != fingerprint:
        return "same version, other content"
    return None
