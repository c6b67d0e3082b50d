from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from market.cli.output import Refused, errors, show_progress
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.exchange.enums import FileFormat
from market.exchange.exporting import iterate_rows
from market.exchange.formats.rows import UnreadableFile
from market.exchange.formats.writing import write_rows
from market.listings.enums import ListingKind
from market.listings.queries import ListingFilters

app = typer.Typer(no_args_is_help=True, help="Write listings into files.")

ENDINGS: Final = {".jsonl": FileFormat.JSONL, ".csv": FileFormat.CSV, ".xlsx": FileFormat.XLSX}


@app.callback()
def exports() -> None:
    """Write listings into files."""


@app.command("listings")
def export_listings(
    file: Annotated[Path, typer.Argument(help="Ends with .jsonl, .csv or .xlsx; the first two with .gz too.")],
    kind: Annotated[ListingKind | None, typer.Option(help="Offers or demands only.")] = None,
) -> None:
    """Write all listings, of every state, in the format that `market import listings` takes."""
    ending = next((part for part in reversed(file.suffixes) if part != ".gz"), "")
    if ending not in ENDINGS:
        raise Refused(f"{file.name}: the name has to end with .jsonl, .csv or .xlsx")
    filters = ListingFilters(kinds=(kind.value,) if kind else ())
    with open_database(read_settings()) as database:
        require_current(database)
        with database.reading() as session, show_progress("exporting") as show:
            rows = _Counted(iterate_rows(session, None, filters, everything=True), show)
            try:
                write_rows(file, rows, file_format=ENDINGS[ending])
            except UnreadableFile as problem:
                raise Refused(problem.message % problem.values) from problem
    errors.print(f"{rows.count} listings written")


class _Counted:
    """Rows that pass by, counted and shown."""

    def __init__(self, rows: Iterator[Mapping[str, Any]], show: Callable[[int, int], None]) -> None:
        self._rows = rows
        self._show = show
        self.count = 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            self._show(self.count, 0)
            yield row
