"""A listing as matching sees it: what its author says of it, and its passages as vectors. Loaded for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from market.kernel.money import Money
from market.listings.enums import ListingKind, ListingState, Provenance, Vocabulary
from market.listings.models import Listing, ListingCode, ListingText, ListingVector
from market.matching.models import MatchState
from market.organizations.models import Organization
from market.taxonomy.values import STAGE_TRL, PriceBasis
from search.port import Passages, Vector

LONG_TEXT: Final = 1_200
"""Characters of a description that says enough; a Chinese one says as much in a third."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two listings of a pair. `readiness` is the lowest and highest TRL that is said or that the stage
    means. `passages` are of the author's own words, None as long as they have no vectors.
    """

    id: UUID
    reference: str
    kind: ListingKind
    version: int
    country: str
    organization_id: UUID
    language: str
    languages: frozenset[str]
    codes: Mapping[Vocabulary, tuple[str, ...]]
    keywords: tuple[str, ...]
    readiness: tuple[int, int] | None
    price: Money | None
    price_basis: PriceBasis | None
    published_at: datetime
    expires_on: date | None
    fullness: float
    level: float | None
    passages: Passages | None

    def list_codes(self, vocabulary: Vocabulary) -> tuple[str, ...]:
        return self.codes.get(vocabulary, ())


def load_sides(session: Session, references: Iterable[str], *, model: str | None) -> dict[str, Side]:
    """Published ones by their reference, in five statements however many there are."""
    rows = session.execute(_CHOSEN.where(Listing.reference.in_(list(references)))).all()
    ids = [row.id for row in rows]
    codes, texts = _load_codes(session, ids), _load_texts(session, ids)
    vectors = _load_vectors(session, ids, model=model) if model else {}
    return {row.reference: _make(row, codes.get(row.id, {}), texts[row.id], vectors.get(row.id))
            for row in rows if row.id in texts}  # fmt: skip


_CHOSEN = (
    select(
        Listing.id, Listing.reference, Listing.kind, Listing.index_version, Listing.country, Listing.organization_id,
        Listing.language, Listing.stage, Listing.trl, Listing.price_amount, Listing.price_currency, Listing.price_basis,
        Listing.published_at, Listing.expires_on, Listing.ipr_status, MatchState.level,
        Organization.language.label("spoken"),
    )
    .join(Organization, Organization.id == Listing.organization_id)
    .outerjoin(MatchState, MatchState.listing_id == Listing.id)
    .where(Listing.state == ListingState.PUBLISHED)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Text:
    language: str
    provenance: Provenance
    keywords: str
    length: int


def _load_codes(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[Vocabulary, tuple[str, ...]]]:
    rows = session.execute(
        select(ListingCode.listing_id, ListingCode.vocabulary, ListingCode.code)
        .where(ListingCode.listing_id.in_(ids))
        .order_by(ListingCode.position)
    )
    codes: dict[UUID, dict[Vocabulary, tuple[str, ...]]] = {}
    for listing_id, vocabulary, code in rows:
        own = codes.setdefault(listing_id, {})
        own[vocabulary] = (*own.get(vocabulary, ()), code)
    return codes


def _load_texts(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[_Text]]:
    length = func.length(ListingText.title) + func.length(ListingText.summary) + func.length(ListingText.description)
    rows = session.execute(
        select(ListingText.listing_id, ListingText.language, ListingText.provenance, ListingText.keywords, length)
        .where(ListingText.listing_id.in_(ids))
    )  # fmt: skip
    texts: dict[UUID, list[_Text]] = {}
    for listing_id, *values in rows:
        texts.setdefault(listing_id, []).append(_Text(*values))
    return texts


def _load_vectors(session: Session, ids: Sequence[UUID], *, model: str) -> dict[UUID, bytes]:
    """Of the author's own words; translations say the same."""
    own = and_(Listing.id == ListingVector.listing_id, Listing.language == ListingVector.language)
    rows = session.execute(
        select(ListingVector.listing_id, ListingVector.vector)
        .join(Listing, own)
        .where(ListingVector.listing_id.in_(ids), ListingVector.model == model)
    )
    return dict(rows.all())


def _make(row: Any, codes: Mapping[Vocabulary, tuple[str, ...]], texts: Sequence[_Text], raw: bytes | None) -> Side:
    own = next(text for text in texts if text.language == row.language)
    written = {text.language for text in texts if text.provenance is Provenance.AUTHOR}
    said = (row.stage, row.trl, row.ipr_status, own.keywords, codes.get(Vocabulary.FIELD))
    dense = 3 if row.language == "zh-Hans" else 1
    return Side(
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        version=row.index_version,
        country=row.country,
        organization_id=row.organization_id,
        language=row.language,
        languages=frozenset(written | {row.spoken}),
        codes=codes,
        keywords=tuple(dict.fromkeys(word.casefold().strip() for word in own.keywords.split("\n") if word.strip())),
        readiness=(row.trl, row.trl) if row.trl else STAGE_TRL.get(row.stage),
        price=Money(row.price_amount, row.price_currency) if row.price_amount is not None else None,
        price_basis=row.price_basis,
        published_at=row.published_at,
        expires_on=row.expires_on,
        fullness=(sum(map(bool, said)) / len(said) + min(1.0, own.length * dense / LONG_TEXT)) / 2,
        level=row.level,
        passages=Passages(Vector(row.language, raw), own.length) if raw else None,
    )
