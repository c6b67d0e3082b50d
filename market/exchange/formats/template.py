"""The workbook to fill in, in the reader's language: a sheet with the columns, one that explains them, one with the
words of lists, and the choices of a cell in a hidden one. What it asks for is what the readers know.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final

from babel import Locale
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from locales import LANGUAGES
from locales.catalogues import load_translations
from market.exchange.formats.columns import COLUMN_LABELS, COLUMNS, LISTS, join_list
from market.exchange.formats.vocabularies import LABELS
from market.exchange.formats.xlsx import escape
from market.kernel.errors import N_
from market.kernel.money import CURRENCIES
from market.listings.forms import MAX_DESCRIPTION, MAX_LONG, MAX_NOTES, MAX_SUMMARY, MAX_TITLE
from market.listings.rules import REQUIRED
from market.taxonomy.values import (
    COUNTRIES,
    MAX_FIELDS,
    MAX_INDUSTRIES,
    MAX_IPC,
    MAX_KEYWORDS,
    MAX_PARTNERSHIP_TYPES,
    MAX_SDGS,
)

EXAMPLE_PREFIX: Final = "example-"
"""Rows whose id begins so show how it is done; an import leaves them out."""

_CHOSEN: Final = ("kind", "language", "country", "stage", "trl", "ipr_status", "price.currency", "price.basis")
"""One value, from a list in the cell."""
_LISTED: Final = ("partnership_types", "fields", "industries", "sdgs", "target_countries")
"""Several values, from the sheet of lists."""
_OPEN: Final = frozenset({"country", "language"})
"""Other values than those in the list are known, too."""

_MUST: Final = frozenset({"kind", "language", "country", "title", "summary"})
_MUST_TO_PUBLISH: Final = frozenset(
    {"description", "advantages", "stage", "ipr_status", "partnership_types", "fields", "industries", "sdgs"}
    | {"target_countries"}
)

_CHOOSE = N_("Choose from the list in the cell.")
_FROM_SHEET = N_("Words from the sheet '%(sheet)s', joined by semicolons.")
_HINTS: Final = dict.fromkeys(_CHOSEN, _CHOOSE) | dict.fromkeys(_LISTED, _FROM_SHEET) | {
    "id": N_("Tells your listings apart. A row with a number that was imported before changes that listing."),
    "language": N_("Write in the language you write best. Readers of other languages find it too."),
    "title": N_("One line that says what it is and what it is for. No names of firms or brands."),
    "summary": N_("At most 500 characters: the problem, the solution, whom you look for."),
    "description": N_("Publish nothing confidential: everybody can read this."),
    "advantages": N_("What is better than today's usual way, with figures where you can."),
    "expected_partner": N_("What kind of partner, and what the partner should do."),
    "ipc": N_("If you know them, such as A23B 7/154, separated by commas."),
    "keywords": N_("Up to ten, separated by commas."),
    "price.amount": N_("Leave empty if it is to be agreed."),
    "expires_at": N_("Leave empty for one year."),
    "contact_email": N_("Shown to members of your organization alone."),
}  # fmt: skip

_MOST_CHARACTERS = N_("Please shorten this to at most %(max_length)s characters.")
_MOST_VALUES = N_("Please choose at most %(max_length)s.")
_MOST: Final[Mapping[str, int]] = {
    "title": MAX_TITLE,
    "summary": MAX_SUMMARY,
    "description": MAX_DESCRIPTION,
    "advantages": MAX_LONG,
    "technical_specification": MAX_LONG,
    "expected_partner": MAX_LONG,
    "ipr_notes": MAX_NOTES,
    "partnership_types": MAX_PARTNERSHIP_TYPES,
    "fields": MAX_FIELDS,
    "industries": MAX_INDUSTRIES,
    "sdgs": MAX_SDGS,
    "ipc": MAX_IPC,
    "keywords": MAX_KEYWORDS,
    "target_countries": len(COUNTRIES),
}

_TABLE = N_("Offers and demands")
_EXPLANATIONS = N_("Explanations")
_LISTS_SHEET = N_("Words of lists")
_HIDDEN: Final = "choices"
_NOTES = (
    N_("Rows whose number begins with 'example-' show how the table is filled in. They are not imported."),
    N_("Words in another language have columns of their own, for example 'translations.vi.title'."),
)

_EXAMPLES: Final[Sequence[Mapping[str, Any]]] = (
    {
        "id": "example-offer",
        "kind": "offer",
        "title": N_("Solar dryer for slices of fruit"),
        "summary": N_(
            "A dryer for cooperatives that needs half of the usual electricity. We look for firms to build and sell it."
        ),
        "stage": "on_the_market",
        "trl": "9",
        "ipr_status": "patent_granted",
        "partnership_types": ["licence", "manufacturing"],
        "fields": ["18"],
        "industries": ["fruit_vegetables", "food_processing"],
        "sdgs": ["2", "12"],
        "target_countries": ["TH", "VN"],
        "price.amount": "120000",
        "price.currency": "USD",
        "price.basis": "total",
    },
    {
        "id": "example-demand",
        "kind": "demand",
        "title": N_("Cut fruit that stays fresh for ten days"),
        "summary": N_(
            "We look for a coating or packaging that keeps cut fruit fresh for ten days without a cold chain."
        ),
        "partnership_types": ["technical_service"],
        "fields": ["18"],
        "industries": ["fruit_vegetables"],
        "sdgs": ["none"],
        "target_countries": ["CN"],
    },
)  # fmt: skip

_LAST_ROW: Final = 5_000
"""Choices are offered down to here."""
_WIDTHS: Final = {"title": 40, "summary": 60, "description": 60, "advantages": 40, "technical_specification": 40}
_WIDTH: Final = 22
_HEAD: Final = Font(bold=True)
_HEAD_FILL: Final = PatternFill("solid", fgColor="DCE6F1")
_EXAMPLE: Final = Font(italic=True, color="7F7F7F")
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\'"))
_LONGEST_NAME: Final = 31


class _Words:
    """Words in the reader's language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.translate: Callable[[str], str] = load_translations(language).gettext
        self._countries = Locale.parse(LANGUAGES[language].locale).territories

    def label(self, column: str) -> str:
        return self.translate(COLUMN_LABELS[column][0])

    def values(self, column: str) -> dict[str, str]:
        """Code → word of a column with a list."""
        if column == "language":
            return {code: language.own_name for code, language in LANGUAGES.items()}
        if column in ("country", "target_countries"):
            return {code: str(self._countries[code]) for code in COUNTRIES}
        if column == "price.currency":
            return {code: code for code in CURRENCIES}
        return {code: self.translate(label) for code, label in LABELS[column].items()}

    def sheet(self, message: str) -> str:
        return self.translate(message).translate(_NOT_IN_NAMES)[:_LONGEST_NAME]


def write_template(file: BinaryIO, language: str) -> None:
    words = _Words(language)
    workbook = Workbook()
    table = workbook.active
    table.title = words.sheet(_TABLE)
    _write_table(table, words)
    _write_explanations(workbook.create_sheet(words.sheet(_EXPLANATIONS)), words)
    _write_lists(workbook.create_sheet(words.sheet(_LISTS_SHEET)), words)
    _write_choices(workbook.create_sheet(_HIDDEN), table, words)
    workbook.save(file)


def _write_table(sheet: Any, words: _Words) -> None:
    sheet.append([words.label(column) for column in COLUMNS])
    for example in _EXAMPLES:
        sheet.append([_show_example(column, example, words) for column in COLUMNS])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(COLUMNS, 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column, _WIDTH)
        # As text from the start: a number keeps its zeros, and what looks like a formula is none.
        sheet.column_dimensions[letter].number_format = "@"
        _paint_head(sheet.cell(1, place))
        for row in range(2, 2 + len(_EXAMPLES)):
            sheet.cell(row, place).font = _EXAMPLE
            sheet.cell(row, place).number_format = "@"
            sheet.cell(row, place).alignment = _WRAPPED


def _show_example(column: str, example: Mapping[str, Any], words: _Words) -> str | None:
    value = {"language": words.language, "country": "CN"}.get(column) or example.get(column)
    if value is None:
        return None
    if column in LISTS:
        return escape(join_list(words.values(column)[code] for code in value))
    if column in _CHOSEN:
        return escape(words.values(column)[value])
    return escape(words.translate(value) if column in ("title", "summary") else value)


def _write_explanations(sheet: Any, words: _Words) -> None:
    for column in COLUMNS:
        hint = words.translate(_HINTS[column]) if column in _HINTS else ""
        message = _MOST_VALUES if column in LISTS else _MOST_CHARACTERS
        most = words.translate(message) % {"max_length": _MOST[column]} if column in _MOST else ""
        values = {"sheet": words.sheet(_LISTS_SHEET)}
        sheet.append(
            [words.label(column), _say_need(column, words), hint % values if column in _LISTED else hint, most]
        )
        sheet.cell(sheet.max_row, 1).font = _HEAD
    sheet.append([])
    for note in _NOTES:
        sheet.append([words.translate(note)])
    for letter, width in zip("ABCD", (36, 26, 60, 44), strict=True):
        sheet.column_dimensions[letter].width = width


def _say_need(column: str, words: _Words) -> str:
    if column in _MUST:
        return words.translate(N_("required"))
    return words.translate(REQUIRED if column in _MUST_TO_PUBLISH else N_("optional"))


def _write_lists(sheet: Any, words: _Words) -> None:
    for place, column in enumerate(_LISTED, 1):
        _paint_head(sheet.cell(1, place, words.label(column)))
        sheet.column_dimensions[get_column_letter(place)].width = 44
        for row, word in enumerate(words.values(column).values(), 2):
            sheet.cell(row, place, join_list([word]))
    sheet.freeze_panes = "A2"


def _write_choices(sheet: Any, table: Any, words: _Words) -> None:
    sheet.sheet_state = "hidden"
    for place, column in enumerate(_CHOSEN, 1):
        choices = list(words.values(column).values())
        for row, word in enumerate(choices, 1):
            sheet.cell(row, place, word)
        letter = get_column_letter(place)
        validation = DataValidation(
            "list", formula1=f"{_HIDDEN}!${letter}$1:${letter}${len(choices)}", allow_blank=True
        )
        validation.showErrorMessage = True
        validation.errorStyle = "warning" if column in _OPEN else "stop"
        target = get_column_letter(COLUMNS.index(column) + 1)
        validation.add(f"{target}2:{target}{_LAST_ROW}")
        table.add_data_validation(validation)


def _paint_head(cell: Any) -> None:
    cell.font = _HEAD
    cell.fill = _HEAD_FILL
    cell.alignment = _WRAPPED
