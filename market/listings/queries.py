"""Every read of listings; each begins with `visible_to`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import gt, lt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload, selectinload

from market.kernel.cursors import read_moment
from market.kernel.db import checked_after
from market.kernel.errors import BadInput, NotFound
from market.kernel.viewer import Viewer
from market.listings.enums import ListingKind, ListingState, Vocabulary
from market.listings.models import Listing, ListingCode, ListingText, ListingVector
from market.organizations.models import Organization
from market.taxonomy.values import Stage
from search.port import Sort

MAX_FALLBACK_WORDS = 8


READER = bindparam("reader", type_=String)
"""The reader's language in `ROWS`."""

SHOWS_OWN_NAME = or_(Organization.language == READER, Organization.name_en == "")
"""An organization is named in its own language to its readers, in English to others where it has an English name."""


def visible_to(viewer: Viewer | None) -> ColumnElement[bool]:
    """What is published is for everybody; the rest for those who act for its organization, and for staff."""
    published = Listing.state == ListingState.PUBLISHED
    if viewer is None:
        return published
    if viewer.is_staff:
        return Listing.state != ListingState.ARRIVING
    return or_(published, acted_for_by(viewer)) if viewer.organizations else published


def acted_for_by(viewer: Viewer) -> ColumnElement[bool]:
    """Those of the organizations that the viewer acts for, in every state that anybody may see."""
    return and_(Listing.organization_id.in_(viewer.organizations), Listing.state != ListingState.ARRIVING)


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A listing as lists show it. `language` is that of `title` and `summary`, not always the reader's."""

    id: UUID
    reference: str
    kind: ListingKind
    state: ListingState
    country: str
    stage: Stage | None
    trl: int | None
    published_at: datetime | None
    expires_on: date | None
    changed_at: datetime
    written_in: str
    language: str
    title: str
    summary: str
    organization: str
    organization_slug: str


@dataclass(frozen=True, slots=True)
class ListingFilters:
    """Within one list any of the codes, between the lists all of them. Codes of no list of ours match nothing."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    written_in: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    partnerships: tuple[str, ...] = ()
    trl_min: int | None = None
    organization_id: UUID | None = None
    organization: str = ""
    """Its slug, for those who know no more of it."""
    words: tuple[str, ...] = ()
    """Only for the fallback while the engine does not answer: each must occur in the words of the listing."""

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = {
            Listing.kind: self.kinds,
            Listing.country: self.countries,
            Listing.language: self.written_in,
            Listing.stage: self.stages,
        }
        conditions: list[ColumnElement[bool]] = [column.in_(codes) for column, codes in columns.items() if codes]
        coded = {
            Vocabulary.FIELD: self.fields,
            Vocabulary.INDUSTRY: self.industries,
            Vocabulary.PARTNERSHIP: self.partnerships,
        }
        for vocabulary, codes in coded.items():
            if codes:
                conditions.append(_has_code(vocabulary, codes))
        if self.trl_min is not None:
            conditions.append(Listing.trl >= self.trl_min)
        if self.organization_id is not None:
            conditions.append(Listing.organization_id == self.organization_id)
        if self.organization:
            named = select(Organization.id).where(Organization.slug == self.organization).scalar_subquery()
            conditions.append(Listing.organization_id == named)
        conditions.extend(_has_word(word) for word in self.words)
        return conditions


Key = tuple[datetime | date, UUID]


def list_published(
    session: Session,
    filters: ListingFilters,
    *,
    language: str,
    sort: Sort = Sort.NEWEST,
    after: Key | None = None,
    limit: int,
) -> list[ListingRow]:
    """In the reader's language where there are words in it. `after` is the key of the last one shown."""
    chosen = ROWS.where(visible_to(None), *filters.conditions())
    column: InstrumentedAttribute[Any] = Listing.published_at
    beyond = lt
    if sort is Sort.EXPIRING:
        column, beyond = Listing.expires_on, gt
    if after is not None:
        value, listing_id = after
        chosen = chosen.where(or_(beyond(column, value), and_(column == value, beyond(Listing.id, listing_id))))
    order = (column, Listing.id) if sort is Sort.EXPIRING else (column.desc(), Listing.id.desc())
    rows = session.connection().execute(chosen.order_by(*order).limit(limit), {"reader": language})
    return [ListingRow(*row) for row in rows]


def write_key(row: ListingRow, sort: Sort) -> tuple[str, str]:
    """What a cursor carries: the sorting value and the id."""
    value = row.expires_on if sort is Sort.EXPIRING else row.published_at
    return value.isoformat() if value else "", str(row.id)


def read_key(value: str, listing_id: str, *, sort: Sort) -> Key:
    """The key in a cursor of this sort; anything that we did not write is refused."""
    if sort is not Sort.EXPIRING:
        return read_moment(value, listing_id)
    try:
        return date.fromisoformat(value), UUID(listing_id)
    except (ValueError, OverflowError) as problem:
        raise BadInput from problem


def with_words(filters: ListingFilters, words: str) -> ListingFilters:
    """For the fallback: at most a few words, each of which must occur."""
    return replace(filters, words=tuple(words.split()[:MAX_FALLBACK_WORDS]))


def count_published(session: Session, filters: ListingFilters) -> int:
    return session.scalar(select(func.count()).select_from(Listing).where(visible_to(None), *filters.conditions())) or 0


def has_published(session: Session) -> bool:
    return session.scalar(select(Listing.id).where(Listing.state == ListingState.PUBLISHED).limit(1)) is not None


def list_by_reference(session: Session, references: Sequence[str], *, language: str) -> list[ListingRow]:
    """Published ones in the order given. What is not public any more is left out, whatever the index said."""
    if not references:
        return []
    rows = session.connection().execute(BY_REFERENCE, {"reader": language, "references": list(references)})
    by_reference = {row.reference: row for row in (ListingRow(*values) for values in rows)}
    return [by_reference[reference] for reference in references if reference in by_reference]


@dataclass(frozen=True, slots=True)
class OwnFilters:
    """What somebody narrows the own listings down by; each that is empty asks for nothing."""

    state: str = ""
    kind: str = ""
    written_in: str = ""
    organization_id: UUID | None = None
    words: str = ""
    """Each must occur in a title, in whatever language."""

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = {
            Listing.state: self.state,
            Listing.kind: self.kind,
            Listing.language: self.written_in,
            Listing.organization_id: self.organization_id,
        }
        conditions: list[ColumnElement[bool]] = [column == value for column, value in columns.items() if value]
        for word in self.words.split()[:MAX_FALLBACK_WORDS]:
            titled = ListingText.title.icontains(word, autoescape=True)
            conditions.append(exists().where(ListingText.listing_id == Listing.id, titled))
        return conditions


def list_own(
    session: Session, viewer: Viewer, filters: OwnFilters, *, language: str, after: Key | None = None, limit: int
) -> list[ListingRow]:
    """All states, for those who act for the organization; the last changed first. `after` is the last one's key."""
    chosen = ROWS.where(acted_for_by(viewer), *filters.conditions())
    if after is not None:
        moment, listing_id = after
        beyond = and_(Listing.changed_at == moment, Listing.id < listing_id)
        chosen = chosen.where(or_(Listing.changed_at < moment, beyond))
    rows = session.execute(
        chosen.order_by(Listing.changed_at.desc(), Listing.id.desc()).limit(limit), {"reader": language}
    )
    return [ListingRow(*row) for row in rows]


def count_own(session: Session, viewer: Viewer, filters: OwnFilters) -> int:
    counted = select(func.count()).select_from(Listing).where(acted_for_by(viewer), *filters.conditions())
    return session.scalar(counted) or 0


def list_own_by_reference(
    session: Session, viewer: Viewer, references: Sequence[str], *, language: str
) -> list[ListingRow]:
    """In the order given; what is not the viewer's to change is left out."""
    chosen = ROWS.where(checked_after(acted_for_by(viewer)), Listing.reference.in_(references))
    rows = (ListingRow(*values) for values in session.execute(chosen, {"reader": language}))
    return sorted(rows, key=lambda row: references.index(row.reference))


def list_own_whole(session: Session, viewer: Viewer, references: Sequence[str]) -> Sequence[Listing]:
    """With words, codes and organization; what is not the viewer's to change is left out."""
    chosen = with_parts(select(Listing)).where(checked_after(acted_for_by(viewer)), Listing.reference.in_(references))
    return session.scalars(chosen.order_by(Listing.id)).all()


def list_own_to_change(session: Session, viewer: Viewer, references: Sequence[str]) -> Sequence[Listing]:
    """As `list_own_whole`, kept from others until the transaction ends; always in the same order, so that two who
    change the same ones wait for each other.
    """
    kept = select(Listing.id).where(Listing.reference.in_(references)).order_by(Listing.id)
    session.execute(kept.with_for_update(key_share=True))
    return list_own_whole(session, viewer, references)


def list_of_organization(session: Session, organization_id: UUID, *, language: str, limit: int) -> list[ListingRow]:
    chosen = ROWS.where(visible_to(None), Listing.organization_id == organization_id)
    newest = chosen.order_by(Listing.published_at.desc(), Listing.id.desc()).limit(limit)
    rows = session.execute(newest, {"reader": language})
    return [ListingRow(*row) for row in rows]


def map_codes(session: Session, ids: Iterable[UUID], vocabulary: Vocabulary) -> Mapping[UUID, list[str]]:
    """Listing → its codes of one list in the author's order, for all listings of a page at once."""
    codes: dict[UUID, list[str]] = {}
    rows = session.connection().execute(_CODES, {"ids": list(ids), "vocabulary": vocabulary})
    for listing_id, code in rows:
        codes.setdefault(listing_id, []).append(code)
    return codes


def map_name_languages(session: Session, slugs: Iterable[str], *, language: str) -> Mapping[str, str]:
    """Organization → the language of its name as `ListingRow` shows it."""
    shown = case((SHOWS_OWN_NAME, Organization.language), else_="en")
    rows = session.execute(
        select(Organization.slug, shown).where(Organization.slug.in_(set(slugs))), {"reader": language}
    )
    return dict(rows.all())


def get_listing(session: Session, reference: str, *, viewer: Viewer | None) -> Listing:
    """With words, codes and organization. What may not be seen is not found."""
    if viewer is None:
        listing = session.scalars(_PUBLIC_ONE, {"reference": reference}).unique().one_or_none()
    else:
        listing = session.scalar(with_parts(select(Listing)).where(Listing.reference == reference, visible_to(viewer)))
    if listing is None:
        raise NotFound
    return listing


def get_listing_by_id(session: Session, listing_id: UUID, *, viewer: Viewer | None) -> Listing:
    listing = session.scalar(with_parts(select(Listing)).where(Listing.id == listing_id, visible_to(viewer)))
    if listing is None:
        raise NotFound
    return listing


def get_listing_to_change(session: Session, reference: str, *, viewer: Viewer | None) -> Listing:
    """As `get_listing`, and kept from others until the transaction ends: a second editor waits, then sees what the
    first one saved.
    """
    session.execute(select(Listing.id).where(Listing.reference == reference).with_for_update(key_share=True))
    return get_listing(session, reference, viewer=viewer)


def list_whole(session: Session, ids: Iterable[UUID]) -> Sequence[Listing]:
    """For the index: with words, codes and organization, whatever their state."""
    return session.scalars(with_parts(select(Listing)).where(Listing.id.in_(list(ids))).order_by(Listing.id)).all()


def map_index_versions(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, int]:
    return dict(session.execute(select(Listing.id, Listing.index_version).where(Listing.id.in_(list(ids)))).all())


def list_texts(session: Session, ids: Iterable[UUID]) -> Sequence[ListingText]:
    """In all languages, those of a listing together."""
    chosen = select(ListingText).where(ListingText.listing_id.in_(list(ids)))
    return session.scalars(chosen.order_by(ListingText.listing_id, ListingText.language)).all()


def with_parts(chosen: Select[Listing]) -> Select[Listing]:
    return chosen.options(joinedload(Listing.organization), selectinload(Listing.texts), selectinload(Listing.codes))


_PUBLIC_ONE = (
    select(Listing)
    .options(joinedload(Listing.organization), joinedload(Listing.texts), selectinload(Listing.codes))
    .where(Listing.reference == bindparam("reference"), visible_to(None))
)
"""Built once, as `ROWS`. Most listings have words in one language: joining them saves a statement."""


def map_references(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Of those that are listings, in whatever state: for staff and commands."""
    chosen = select(Listing.id, Listing.reference).where(Listing.id.in_(list(ids)))
    return dict(session.execute(chosen).all())


def list_without_vector(session: Session, *, model: str, limit: int) -> Sequence[UUID]:
    """Published listings with words in any language that no vector of this model stands for; the newest first."""
    vector = and_(
        ListingVector.listing_id == ListingText.listing_id,
        ListingVector.language == ListingText.language,
        ListingVector.model == model,
    )
    without = exists().where(ListingText.listing_id == Listing.id, ~exists().where(vector))
    chosen = select(Listing.id).where(Listing.state == ListingState.PUBLISHED, without)
    return session.scalars(chosen.order_by(Listing.published_at.desc(), Listing.id.desc()).limit(limit)).all()


def count_states(session: Session, viewer: Viewer) -> dict[ListingState, int]:
    counts = select(Listing.state, func.count()).where(acted_for_by(viewer))
    return dict(session.execute(counts.group_by(Listing.state)).all())


def _make_rows() -> Select[*tuple[Any, ...]]:
    """Columns of `ListingRow` in their order: lists take columns, entities cost more than twice the CPU."""
    original, translated = aliased(ListingText), aliased(ListingText)
    name = case((SHOWS_OWN_NAME, Organization.name), else_=Organization.name_en)
    return (
        select(
            Listing.id, Listing.reference, Listing.kind, Listing.state, Listing.country, Listing.stage, Listing.trl,
            Listing.published_at, Listing.expires_on, Listing.changed_at, Listing.language,
            func.coalesce(translated.language, original.language),
            func.coalesce(translated.title, original.title),
            func.coalesce(translated.summary, original.summary),
            name, Organization.slug,
        )
        .join(Organization, Organization.id == Listing.organization_id)
        .join(original, and_(original.listing_id == Listing.id, original.language == Listing.language))
        .outerjoin(translated, and_(translated.listing_id == Listing.id, translated.language == READER))
    )  # fmt: skip


ROWS = _make_rows()
"""Built once, as the next two: putting a statement together costs more than running it."""

BY_REFERENCE = ROWS.where(
    checked_after(visible_to(None)), Listing.reference.in_(bindparam("references", expanding=True))
)

_CODES = (
    select(ListingCode.listing_id, ListingCode.code)
    .where(
        ListingCode.listing_id.in_(bindparam("ids", expanding=True)),
        ListingCode.vocabulary == bindparam("vocabulary", type_=ListingCode.vocabulary.type),
    )
    .order_by(ListingCode.position)
)


def _has_code(vocabulary: Vocabulary, codes: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(
        ListingCode.listing_id == Listing.id, ListingCode.vocabulary == vocabulary, ListingCode.code.in_(codes)
    )


def _has_word(word: str) -> ColumnElement[bool]:
    return exists().where(
        ListingText.listing_id == Listing.id,
        or_(ListingText.title.icontains(word, autoescape=True), ListingText.summary.icontains(word, autoescape=True)),
    )
