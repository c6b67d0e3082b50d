"""The workbook to fill in asks for what the readers know, in every language."""

from pathlib import Path

import openpyxl
import pytest

from locales import LANGUAGES
from locales.catalogues import load_translations
from market.exchange.formats.columns import COLUMNS, split_list
from market.exchange.formats.reading import Workbook, open_rows
from market.exchange.formats.template import EXAMPLE_PREFIX, write_template
from market.exchange.formats.vocabularies import read_code
from tests.market.exchange.formats.making import guess, read_values

EVERY_LANGUAGE = pytest.mark.parametrize("language", list(LANGUAGES))
CHOSEN = ("kind", "language", "country", "stage", "trl", "ipr_status", "price.currency", "price.basis")
LISTED = ("partnership_types", "fields", "industries", "sdgs", "target_countries")


def make_template(folder: Path, language: str) -> Path:
    with (folder / "template.xlsx").open("wb") as file:
        write_template(file, language)
    return folder / "template.xlsx"


@EVERY_LANGUAGE
def test_every_column_has_a_name_in_the_readers_language_and_is_known_again(language: str, tmp_path: Path) -> None:
    reading = open_rows(make_template(tmp_path, language))

    assert isinstance(reading, Workbook)
    assert reading.header[4] == load_translations(language).gettext("Title")
    assert list(guess(reading).values()) == list(COLUMNS)
    assert reading.sheet == openpyxl.load_workbook(reading.path).sheetnames[0]


@EVERY_LANGUAGE
def test_the_examples_are_read_as_codes_and_known_for_what_they_are(language: str, tmp_path: Path) -> None:
    offer, demand = read_values(make_template(tmp_path, language))

    assert [row["id"].startswith(EXAMPLE_PREFIX) for row in (offer, demand)] == [True, True]
    assert (offer["kind"], demand["kind"], offer["language"], offer["country"]) == ("offer", "demand", language, "CN")
    assert {name: offer[name] for name in ("stage", "trl", "ipr_status", "price", *LISTED)} == {
        "stage": "on_the_market",
        "trl": "9",
        "ipr_status": "patent_granted",
        "price": {"amount": "120000", "currency": "USD", "basis": "total"},
        "partnership_types": ["licence", "manufacturing"],
        "fields": ["18"],
        "industries": ["fruit_vegetables", "food_processing"],
        "sdgs": ["2", "12"],
        "target_countries": ["TH", "VN"],
    }
    assert (offer["title"] == "Solar dryer for slices of fruit") is (language == "en")


@EVERY_LANGUAGE
def test_the_choices_of_a_cell_are_words_that_are_known_again(language: str, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(make_template(tmp_path, language))
    choices = workbook["choices"]
    validations = workbook.worksheets[0].data_validations.dataValidation

    assert choices.sheet_state == "hidden"
    assert [str(validation.sqref).split(":")[0] for validation in validations] == [
        f"{openpyxl.utils.get_column_letter(COLUMNS.index(column) + 1)}2" for column in CHOSEN
    ]
    for column, cells, validation in zip(CHOSEN, choices.iter_cols(values_only=True), validations, strict=True):
        words = [word for word in cells if word]
        assert None not in {read_code(column, word) for word in words}
        assert validation.formula1.endswith(f"${len(words)}")


@EVERY_LANGUAGE
def test_the_sheet_of_lists_has_words_that_can_be_copied_into_a_cell(language: str, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(make_template(tmp_path, language)).worksheets[2]

    for column, (_, *cells) in zip(LISTED, sheet.iter_cols(values_only=True), strict=True):
        words = [split_list(cell) for cell in cells if cell]
        assert {len(word) for word in words} == {1}
        assert None not in {read_code(column, word) for (word,) in words}


def test_a_sheet_explains_every_column(tmp_path: Path) -> None:
    rows = list(openpyxl.load_workbook(make_template(tmp_path, "en")).worksheets[1].iter_rows(values_only=True))

    assert rows[4] == (
        "Title",
        "required",
        "One line that says what it is and what it is for. No names of firms or brands.",
        "Please shorten this to at most 300 characters.",
    )
    assert rows[COLUMNS.index("fields")] == (
        "Field of technology",
        "Needed before this can be published.",
        "Words from the sheet 'Words of lists', joined by semicolons.",
        "Please choose at most 3.",
    )
    assert [row[1] for row in rows[: len(COLUMNS)]].count("optional") == 12
    assert {len(row) for row in rows} == {4}


def test_what_is_filled_in_is_read(tmp_path: Path) -> None:
    path = make_template(tmp_path, "vi")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    filled = {"id": "7", "kind": "Nhu cầu công nghệ", "title": "Máy sấy", "trl": 7, "fields": "Hoá thực phẩm"}
    for column, value in filled.items():
        sheet.cell(4, COLUMNS.index(column) + 1, value)
    workbook.save(path)

    row = read_values(path)[2]

    assert (row["id"], row["title"], row["trl"]) == ("7", "Máy sấy", "7")
