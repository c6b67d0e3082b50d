"""The shortlist as a file, for its owner alone: the listings with the notes."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import BinaryIO, Final

from market.exchange.formats import delimited, jsonl
from market.interests.queries import Kept
from market.web.page import Page


class ExportFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/jsonl",
}

COLUMNS: Final = (
    "reference", "kind", "title", "summary", "language", "organization", "country", "published", "expires", "address",
    "note", "kept",
)  # fmt: skip


def write_export(file: BinaryIO, kept: Sequence[Kept], *, page: Page, file_format: ExportFormat) -> None:
    """Of what may not be seen any more the reference and the own note. A spreadsheet takes no cell for a formula."""
    rows = _iterate_rows(kept, page)
    if file_format is ExportFormat.JSONL:
        jsonl.write_rows(file, ({name: value for name, value in row.items() if value} for row in rows))
    else:
        delimited.write_rows(file, chain([COLUMNS], ([row.get(name, "") for name in COLUMNS] for row in rows)))


def _iterate_rows(kept: Sequence[Kept], page: Page) -> Iterator[dict[str, str]]:
    for one in kept:
        own = {"reference": one.reference, "note": one.note, "kept": f"{one.created_at:%Y-%m-%d}"}
        row = one.row
        if row is None:
            yield own
            continue
        yield own | {
            "kind": row.kind.value,
            "title": row.title,
            "summary": row.summary,
            "language": row.language,
            "organization": row.organization,
            "country": row.country,
            "published": f"{row.published_at:%Y-%m-%d}" if row.published_at else "",
            "expires": row.expires_on.isoformat() if row.expires_on else "",
            "address": page.absolute_url("listings.show", reference=row.reference),
        }
