"""The report on a file's rows as a table, for whoever corrects the file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from market.exchange.formats.columns import COLUMN_LABELS
from market.exchange.formats.delimited import write_rows
from market.exchange.models import ImportProblem
from market.exchange.presenting import OUTCOMES, present_problem
from market.kernel.errors import N_
from market.web.rendering import Reader

# Translators: a heading, of the line of a file where a row begins.
LINE = N_("Line")
COLUMN = N_("Column")
RESULT = N_("What was done")
REASON = N_("What is wrong")
EXCERPT = N_("In the file")


def write_report(file: BinaryIO, problems: Iterable[ImportProblem], reader: Reader) -> None:
    """CSV, row by row; what a spreadsheet would take for a formula is made harmless."""
    write_rows(file, _make_rows(problems, reader))


def _make_rows(problems: Iterable[ImportProblem], reader: Reader) -> Iterator[Sequence[str]]:
    headings = (LINE, COLUMN_LABELS["id"][0], COLUMN, RESULT, REASON, EXCERPT)
    yield [reader.gettext(heading) for heading in headings]
    for problem in problems:
        shown = present_problem(problem, reader)
        yield (
            str(shown.line), shown.row_id, shown.column, reader.gettext(OUTCOMES[shown.verdict]), shown.sentence,
            shown.excerpt,
        )  # fmt: skip
