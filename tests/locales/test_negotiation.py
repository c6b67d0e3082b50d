"""Which of our languages somebody gets, and what the catalogues then answer."""

from pathlib import Path

import pytest
from babel.support import Translations

from locales import ALIASES, DEFAULT_LANGUAGE, LANGUAGES, catalogues, negotiate_language, resolve_language

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Order"
msgstr "Ayos"

msgctxt "shop"
msgid "Order"
msgstr "Bilhin"

#, python-format
msgid "One day"
msgid_plural "%(num)s days"
msgstr[0] "Isang araw"
msgstr[1] "%(num)s araw"

#, python-format
msgctxt "fair"
msgid "One stand"
msgid_plural "%(num)s stands"
msgstr[0] "Isang puwesto"
msgstr[1] "%(num)s puwesto"

#, fuzzy
msgid "Close"
msgstr "Malapit"

msgid "Not yet"
msgstr ""
"""


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_its_own_code(code: str) -> None:
    assert resolve_language(code) == code


@pytest.mark.parametrize(("alias", "code"), ALIASES.items())
def test_an_alias_means_one_of_our_languages_however_it_is_written(alias: str, code: str) -> None:
    assert code in LANGUAGES
    assert [resolve_language(alias), resolve_language(alias.lower()), resolve_language(alias.upper())] == [code] * 3


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("VI", "vi"),
        ("vi-VN", "vi"),
        ("zh-Hans-CN", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("in-ID", "id"),
        ("tl-PH", "fil"),
        ("pt-AO", "pt"),
        ("my-MM", "my"),
        ("de", None),
        ("de-SG", None),
        ("", None),
        ("*", None),
    ],
)
def test_a_code_with_a_country_means_the_language(sent: str, code: str | None) -> None:
    assert resolve_language(sent) == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param("th", "th", id="one"),
        pytest.param("km,en;q=0.5", "km", id="the unweighted first"),
        pytest.param("en;q=0.5,lo;q=0.9", "lo", id="the higher weight"),
        pytest.param("vi;q=0.8, ta;q=0.8", "vi", id="of equals the first"),
        pytest.param("de-DE,de;q=0.9,ms-BN;q=0.3", "ms", id="the first we have"),
        pytest.param("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans", id="an alias"),
        pytest.param("th;q=0,fil;q=0.1", "fil", id="refused by weight nought"),
        pytest.param("th;q=much,pt;q=0.2", "pt", id="a weight that is no number"),
        pytest.param("th;q=nan,pt;q=0.2", "pt", id="a weight beyond comparison"),
        pytest.param("de,fr", DEFAULT_LANGUAGE, id="none of ours"),
        pytest.param("*", DEFAULT_LANGUAGE, id="any"),
        pytest.param("", DEFAULT_LANGUAGE, id="nothing"),
        pytest.param(",;q=1,,;", DEFAULT_LANGUAGE, id="rubbish"),
        pytest.param("x," * 400 + "th", DEFAULT_LANGUAGE, id="too long to read to the end"),
    ],
)
def test_a_browser_gets_the_best_of_our_languages(header: str, code: str) -> None:
    assert negotiate_language(header) == code


@pytest.fixture
def filipino(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Translations:
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    path = catalogues.catalogue_path("fil")
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    return catalogues.load_translations.__wrapped__("fil")  # past the cache, which outlives the test


def test_translations_tell_contexts_apart(filipino: Translations) -> None:
    assert (filipino.ugettext("Order"), filipino.upgettext("shop", "Order")) == ("Ayos", "Bilhin")
    assert filipino.upgettext("war", "Order") == "Order"


def test_translations_choose_the_plural_form(filipino: Translations) -> None:
    days = [filipino.ungettext("One day", "%(num)s days", number) for number in (0, 1, 2)]
    stands = [filipino.unpgettext("fair", "One stand", "%(num)s stands", number) for number in (0, 1, 2)]

    assert days == ["%(num)s araw", "Isang araw", "%(num)s araw"]
    assert stands == ["%(num)s puwesto", "Isang puwesto", "%(num)s puwesto"]


@pytest.mark.parametrize("message", ["Close", "Not yet", "Unheard of"], ids=["fuzzy", "untranslated", "unknown"])
def test_what_is_not_translated_shows_in_english(filipino: Translations, message: str) -> None:
    assert filipino.ugettext(message) == message
