"""A listing as it is, in the form of the import format: for comparison with a row, and for export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.kernel.money import Money
from market.listings.enums import ListingState, Provenance, Vocabulary
from market.listings.models import Described, Listing, ListingCode, ListingText, Worded
from market.listings.service import TEXT_FIELDS

DESCRIBED: Final = tuple(Described.__annotations__)
WORDED: Final = tuple(Worded.__annotations__)

LISTS: Final[Mapping[str, Vocabulary]] = {
    "partnership_types": Vocabulary.PARTNERSHIP,
    "fields": Vocabulary.FIELD,
    "ipc": Vocabulary.IPC,
    "industries": Vocabulary.INDUSTRY,
    "sdgs": Vocabulary.SDG,
    "target_countries": Vocabulary.TARGET_COUNTRY,
}
_COLUMNS: Final = [getattr(Listing, name) for name in ("id", "reference", "state", "version", *DESCRIBED)]
_WORDS: Final = [getattr(ListingText, name) for name in ("listing_id", "language", *WORDED)]


@dataclass(frozen=True, slots=True)
class Stored:
    """A listing with its words by language and its codes in order."""

    id: UUID
    reference: str
    state: ListingState
    version: int
    columns: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]]
    codes: Sequence[tuple[Vocabulary, str]]

    @property
    def expires_on(self) -> date | None:
        day: date | None = self.columns["expires_on"]
        return day

    @property
    def row_id(self) -> str:
        """What an export calls it: the importer's own id, or our reference where there is none."""
        return self.columns["external_id"] or self.reference

    def as_row(self) -> dict[str, Any]:
        """The row of the import format, without columns that say nothing."""
        language = self.columns["language"]
        row: dict[str, Any] = {
            "id": self.row_id,
            **{name: self.columns[name] for name in ("kind", "language", "country")},
        }
        row |= _write_words(self.texts[language])
        row |= {name: self.columns[name] for name in ("stage", "trl", "ipr_status", "contact_email")}
        row |= {name: [code for kind, code in self.codes if kind is wanted] for name, wanted in LISTS.items()}
        row["price"] = self._write_price()
        row["expires_at"] = self.expires_on.isoformat() if self.expires_on else None
        row["translations"] = {
            code: {**_write_words(text), "provenance": text["provenance"]}
            for code, text in sorted(self.texts.items())
            if code != language
        }
        return {name: value for name, value in row.items() if value not in (None, "", [], {})}

    def _write_price(self) -> dict[str, Any]:
        amount, currency = self.columns["price_amount"], self.columns["price_currency"]
        price: dict[str, Any] = {"basis": self.columns["price_basis"]}
        if amount is not None:
            price |= {"amount": f"{Money(amount, currency).decimal:f}", "currency": currency}
        return {name: value for name, value in price.items() if value}

    def fill(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The row with what it leaves unsaid taken from the listing: a missing column, an empty cell changes nothing.

        Words of another language are another text and are not taken.
        """
        given = {name: value for name, value in values.items() if value not in (None, "", [], {})}
        known = self.as_row()
        known.pop("translations", None)
        if given.get("language", self.columns["language"]) != self.columns["language"]:
            known = {name: value for name, value in known.items() if name not in TEXT_FIELDS}
        return known | given

    def equals(
        self, listing: Mapping[str, Any], texts: Iterable[Mapping[str, Any]], codes: Iterable[Mapping[str, Any]]
    ) -> bool:
        """Whether taking over these would change nothing."""
        return (
            all(self.columns[name] == listing[name] for name in DESCRIBED)
            and all(self._has_words(text) for text in texts)
            and {(code["vocabulary"], code["code"], code["position"]) for code in codes} == set(self._number_codes())
        )

    def _has_words(self, text: Mapping[str, Any]) -> bool:
        """A file says of a translation whether a machine made it, and not of which original."""
        known = self.texts.get(text["language"])
        if known is None or any(known[name] != text[name] for name in TEXT_FIELDS):
            return False
        by_machine, is_so_known = (one["provenance"] == Provenance.MACHINE for one in (text, known))
        return by_machine is is_so_known

    def _number_codes(self) -> Iterable[tuple[Vocabulary, str, int]]:
        counted: dict[Vocabulary, int] = {}
        for vocabulary, code in self.codes:
            yield vocabulary, code, counted.get(vocabulary, 0)
            counted[vocabulary] = counted.get(vocabulary, 0) + 1


def find_stored(session: Session, organization_id: UUID, row_ids: Sequence[str]) -> dict[str, Stored]:
    """The organization's listings under these ids, the importer's own or our references."""
    if not row_ids:
        return {}
    chosen = select(Listing.id).where(
        Listing.organization_id == organization_id,
        Listing.state != ListingState.ARRIVING,
        or_(Listing.external_id.in_(row_ids), Listing.reference.in_(row_ids)),
    )
    wanted = set(row_ids)
    found: dict[str, Stored] = {}
    for stored in read_stored(session, session.scalars(chosen).all()):
        for row_id in {stored.reference, stored.columns["external_id"]} & wanted:
            found[row_id] = stored
    return found


def read_stored(session: Session, ids: Sequence[UUID]) -> list[Stored]:
    """These listings whole, in the order of their ids, by three statements."""
    if not ids:
        return []
    texts: dict[UUID, dict[str, Mapping[str, Any]]] = {}
    for row in session.execute(select(*_WORDS).where(ListingText.listing_id.in_(ids))):
        texts.setdefault(row.listing_id, {})[row.language] = row._asdict()
    codes: dict[UUID, list[tuple[Vocabulary, str]]] = {}
    ordered = select(ListingCode.listing_id, ListingCode.vocabulary, ListingCode.code).order_by(ListingCode.position)
    for listing_id, vocabulary, code in session.execute(ordered.where(ListingCode.listing_id.in_(ids))):
        codes.setdefault(listing_id, []).append((vocabulary, code))
    rows = session.execute(select(*_COLUMNS).where(Listing.id.in_(ids)).order_by(Listing.id))
    return [
        Stored(
            row.id, row.reference, row.state, row.version, row._asdict(), texts.get(row.id, {}), codes.get(row.id, [])
        )
        for row in rows
    ]


def _write_words(text: Mapping[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {name: text[name] for name in TEXT_FIELDS if name != "keywords"}
    words["keywords"] = text["keywords"].split("\n") if text["keywords"] else []
    return {name: value for name, value in words.items() if value}
