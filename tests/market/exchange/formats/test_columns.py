"""Names of columns and words of value lists, in twelve languages."""

import pytest

from locales import LANGUAGES
from locales.catalogues import load_translations
from market.exchange.formats.columns import (
    COLUMN_LABELS,
    COLUMNS,
    TRANSLATION_COLUMNS,
    find_column,
    flatten,
    guess_columns,
    name_columns,
    nest,
)
from market.exchange.formats.tables import find_header
from market.exchange.formats.vocabularies import LABELS, has_codes, read_code
from market.web.formatting import Formatter

EVERY_LANGUAGE = pytest.mark.parametrize("language", list(LANGUAGES))


@pytest.mark.parametrize("name", [*COLUMNS, *TRANSLATION_COLUMNS])
def test_a_column_is_known_by_its_own_name(name: str) -> None:
    written = {
        name,
        name.upper(),
        f" {name.replace('_', ' ')} ",
        name.replace(".", "_"),
        name.replace("_", ""),
        f"{name}*",
    }

    assert {find_column(one) for one in written} == {name}


@EVERY_LANGUAGE
def test_a_column_is_known_by_the_names_that_the_form_has_for_it(language: str) -> None:
    translate = load_translations(language).gettext

    found = {label: find_column(translate(label)) for labels in COLUMN_LABELS.values() for label in labels}

    assert found == {label: column for column, labels in COLUMN_LABELS.items() for label in labels}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("标题", "title"),
        ("Tiêu đề", "title"),
        ("ชื่อเรื่อง", "title"),
        ("TIÊU ĐỀ", "title"),
        ("Tie\u0302u đề", "title"),
        ("Ｔｉｔｌｅ", "title"),
        ("\ufefftitle", "title"),
        ("Title (Vietnamese)", "translations.vi.title"),
        ("Title (zh)", "translations.zh-Hans.title"),
        ("标题（越南语）", "translations.vi.title"),
        ("title_vi", "translations.vi.title"),
        ("translations.zh.title", "translations.zh-Hans.title"),
        ("translations.zh-CN.expected_partner", "translations.zh-Hans.expected_partner"),
        ("Summary en", "translations.en.summary"),
        ("price amount", "price.amount"),
        ("E-Mail", "contact_email"),
        ("编号", "id"),
        ("项目名称", "title"),
        ("联系邮箱", "contact_email"),
        ("tên công nghệ", "title"),
    ],
)
def test_a_column_is_known_however_it_is_written(name: str, column: str) -> None:
    assert find_column(name) == column


@pytest.mark.parametrize(
    "name",
    ["", " ", "notes", "Title (2)", "country_vi", "title_xx", "translations.xx.title", "a" * 10_000, "price"][:-1],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert find_column(name) is None


def test_of_two_columns_for_one_thing_the_first_is_taken() -> None:
    assert guess_columns(["Notes", "标题", "title", "Kind"]) == {"标题": "title", "Kind": "kind"}


def test_no_two_columns_have_one_name() -> None:
    assert name_columns(["a", "", " a ", "b\nc", "a (2)", ""]) == ["a", "(2)", "a (2)", "b c", "a (2) (2)", "(6)"]


def test_a_row_of_data_below_a_header_is_no_better_header() -> None:
    rows = [["Title", "Kind", "Notes"], ["Title", "Kind", "Summary"], ["A", "", ""]]

    header = find_header(rows[:1] + rows[2:])

    assert header is not None
    assert (header.row, header.names, header.recognised) == (0, ["Title", "Kind", "Notes"], 2)


def test_nested_values_have_a_column_each() -> None:
    values = {"title": "A", "price": {"amount": "5"}, "translations": {"vi": {"title": "B", "keywords": ["c"]}}}
    flat = {
        "title": "A",
        "price.amount": "5",
        "translations.vi.title": "B",
        "translations.vi.keywords": ["c"],
    }

    assert (flatten(values), nest(flat)) == (flat, values)


@EVERY_LANGUAGE
@pytest.mark.parametrize("column", sorted(LABELS))
def test_every_label_of_a_list_means_its_code(language: str, column: str) -> None:
    translate = load_translations(language).gettext

    found = {code: read_code(column, translate(label)) for code, label in LABELS[column].items()}

    assert found == {code: code for code in LABELS[column]}


@EVERY_LANGUAGE
def test_names_of_countries_and_languages_are_known_in_every_language(language: str) -> None:
    names = Formatter(LANGUAGES[language])

    assert [read_code("country", names.country(code)) for code in ("CN", "VN", "TL", "FR")] == ["CN", "VN", "TL", "FR"]
    assert [read_code("language", names.language(code)) for code in LANGUAGES] == list(LANGUAGES)


@pytest.mark.parametrize(
    ("column", "word", "code"),
    [
        ("kind", "OFFER", "offer"),
        ("kind", "供给", "offer"),
        ("kind", "需求", "demand"),
        ("kind", "Offers", "offer"),
        ("kind", "paper", None),
        ("stage", "On the market", "on_the_market"),
        ("stage", "已上市", "on_the_market"),
        ("language", "zh", "zh-Hans"),
        ("language", "zh_CN", "zh-Hans"),
        ("language", "Tiếng Việt", "vi"),
        ("language", "Klingon", None),
        ("country", "vn", "VN"),
        ("country", "VNM", "VN"),
        ("country", "Viet Nam", "VN"),
        ("country", "越南", "VN"),
        ("target_countries", "Thailand", "TH"),
        ("country", "EU", None),
        ("trl", "TRL 7", "7"),
        ("trl", "TRL7", "7"),
        ("trl", "7.0", "7"),
        ("trl", "10", None),
        ("fields", "18", "18"),
        ("fields", "18 Food chemistry", "18"),
        ("fields", "Food chemistry", "18"),
        ("fields", "36", None),
        ("sdgs", "SDG 2", "2"),
        ("sdgs", "Zero hunger", "2"),
        ("sdgs", "not relevant", "none"),
        ("price.currency", "人民币", "CNY"),
        ("price.currency", "rmb", "CNY"),
        ("price.currency", "US Dollar", "USD"),
        ("price.currency", "GBP", None),
        ("provenance", "Machine", "machine"),
        ("kind", "", None),
    ],
)
def test_a_word_is_known_however_it_is_written(column: str, word: str, code: str | None) -> None:
    assert read_code(column, word) == code


def test_only_columns_with_a_list_have_codes() -> None:
    assert [column for column in COLUMNS if has_codes(column)] == [
        "kind", "language", "country", "stage", "trl", "ipr_status", "partnership_types", "fields", "industries",
        "sdgs", "target_countries", "price.currency", "price.basis",
    ]  # fmt: skip
