"""From sources to catalogues, to translators and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateSyntaxError

from locales import LANGUAGES
from locales.messages import main
from locales.tools.extraction import extract_messages
from locales.tools.files import files_of, ids_of, messages_of, path_in, read_catalogue, texts_of
from market.web.rendering import Reader, Renderer

PAGE = """
<h1>{% trans %}Home{% endtrans %}</h1>
{% if n %}
    {% trans %}
        Two lines,
        100% <b>indented</b>
    {% endtrans %}
    {% trans trimmed name=n %}
        Dear {{ name }},
        welcome
    {% endtrans %}
{% endif %}
{% trans count=n %}One offer{% pluralize %}{{ count }} offers{% endtrans %}
{% trans "button" count=n %}One seat{% pluralize %}{{ count }} seats{% endtrans %}
{{ _("Hello %(who)s, 5%%", who=n) }} {{ pgettext("mail", "From") }} {{ ngettext("%(num)s day", "%(num)s days", n) }}
"""
CODE = """
from market.kernel.errors import N_

NAMES = {"a": N_("Written in "
                 "two parts")}


def greet(reader: Reader, variable: str) -> str:
    # Translators: shown once, after
    # the first sign-in
    text = reader.gettext("Welcome")
    return text + reader.gettext(variable) + "N_(not a call)"
"""


def write(root: Path, place: str, text: str) -> None:
    path = root / "market" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(root: Path, *arguments: str) -> int:
    return main(arguments, folder=root / "locales", root=root)


def read_po(root: Path, code: str) -> str:
    return path_in(root / "locales", code).read_text()


def fill(root: Path, code: str, *entries: dict[str, Any]) -> int:
    file = root / "filled.json"
    file.write_text(json.dumps(entries))
    return run(root, "fill", code, str(file))


def test_extraction_finds_exactly_what_a_page_looks_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, tuple[str, ...]]] = []

    def note(context: str | None, *ids: str) -> str:
        asked.append((context, ids))
        return ids[0]

    monkeypatch.setattr(Reader, "gettext", lambda _, id_: note(None, id_))
    monkeypatch.setattr(Reader, "ngettext", lambda _, one, many, __: note(None, one, many))
    monkeypatch.setattr(Reader, "pgettext", lambda _, context, id_: note(context, id_))
    monkeypatch.setattr(Reader, "npgettext", lambda _, context, one, many, __: note(context, one, many))
    Renderer({})._environments["en"].from_string(PAGE).render(n=3)

    write(tmp_path, "web/templates/page.html", PAGE)
    extracted = [(message.context, ids_of(message)) for message in messages_of(extract_messages(tmp_path))]

    assert extracted == asked
    assert len(extracted) == 8


def test_code_pages_and_mails_are_read_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "accounts/rules.py", CODE)
    write(tmp_path, "accounts/templates/accounts/mail.txt", "{% trans %}Dear you{% endtrans %}")
    write(tmp_path, "web/templates/layout.html", "{% trans %}Welcome{% endtrans %}")
    write(tmp_path, "web/static/notes.txt", "{% trans %}Not shown{% endtrans %}")

    found = [
        (message.id, files_of(message), message.auto_comments) for message in messages_of(extract_messages(tmp_path))
    ]

    code = "market/accounts/rules.py"
    assert found == [
        ("Written in two parts", [code], []),
        ("Welcome", [code, "market/web/templates/layout.html"], ["shown once, after", "the first sign-in"]),
        ("Dear you", ["market/accounts/templates/accounts/mail.txt"], []),
    ]


def test_a_template_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    write(tmp_path, "web/templates/page.html", "{% trans %}{% if %}{% endtrans %}")

    with pytest.raises(TemplateSyntaxError) as problem:
        extract_messages(tmp_path)

    assert problem.value.__notes__ == ["while reading market/web/templates/page.html"]


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """A small market with a Filipino catalogue, partly translated."""
    write(tmp_path, "web/templates/a.html", "{% trans %}Home{% endtrans %}\n{% trans %}Offers{% endtrans %}")
    plural = '{% trans "shop" count=n %}One offer{% pluralize %}{{ count }} offers{% endtrans %}'
    write(tmp_path, "web/templates/b.html", "{# Translators: a greeting #}{% trans %}Welcome{% endtrans %}\n" + plural)
    run(tmp_path, "new", "fil")
    return tmp_path


def test_a_new_catalogue_has_every_message_and_no_translation(market: Path) -> None:
    assert read_po(market, "fil") == (
        "# Filipino (Filipino). See docs/translating.md.\n"
        "# Translators, one name a line:\n"
        'msgid ""\n'
        'msgstr ""\n'
        '"Language: fil\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        "\n"
        '#: market/web/templates/a.html\nmsgid "Home"\nmsgstr ""\n'
        "\n"
        '#: market/web/templates/a.html\nmsgid "Offers"\nmsgstr ""\n'
        "\n"
        '#. a greeting\n#: market/web/templates/b.html\nmsgid "Welcome"\nmsgstr ""\n'
        "\n"
        "#: market/web/templates/b.html\n#, python-format\n"
        'msgctxt "shop"\nmsgid "One offer"\nmsgid_plural "%(count)s offers"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    )


def test_a_catalogue_that_exists_is_never_made_anew(market: Path) -> None:
    fill(market, "fil", {"id": "Welcome", "text": "Maligayang pagdating"})
    before = read_po(market, "fil")

    assert run(market, "new", "fil") == 1
    assert read_po(market, "fil") == before


def test_an_update_drops_and_adds_and_keeps_translations_with_their_notes(market: Path) -> None:
    fill(market, "fil", {"id": "Welcome", "text": "Maligayang pagdating", "note": "or Mabuhay?"})
    fill(market, "fil", {"id": "Home", "text": "Simula"})
    path = path_in(market / "locales", "fil")
    path.write_text(path.read_text().replace("one name a line:", "one name a line:\n# Lan Reyes"))

    write(market, "web/templates/a.html", "\n\n{% trans %}Demands{% endtrans %}")
    write(market, "web/templates/b.html", "\n\n{% trans %}Welcome{% endtrans %}")
    assert run(market, "extract-update") == 0

    head, _, body = read_po(market, "fil").partition("\n\n")
    assert head.splitlines()[2] == "# Lan Reyes"
    assert body == (
        '#: market/web/templates/a.html\nmsgid "Demands"\nmsgstr ""\n'
        "\n"
        "# translator: or Mabuhay?\n#: market/web/templates/b.html\n"
        'msgid "Welcome"\nmsgstr "Maligayang pagdating"\n'
    )


@pytest.mark.parametrize("note", ["short", "a long note, " * 20], ids=["short", "long"])
def test_updating_again_changes_no_byte(market: Path, note: str) -> None:
    fill(market, "fil", {"id": "Welcome", "text": "Maligayang pagdating", "note": note})
    before = read_po(market, "fil")
    write(market, "web/templates/a.html", "\n\n\n{% trans %}Home{% endtrans %}\n\n{% trans %}Offers{% endtrans %}")

    run(market, "extract-update")
    fill(market, "fil", {"id": "Welcome", "text": "Maligayang pagdating", "note": note})

    assert read_po(market, "fil") == before


def test_a_similar_message_inherits_no_translation(market: Path) -> None:
    fill(market, "fil", {"id": "Offers", "text": "Mga alok"})
    write(market, "web/templates/a.html", "{% trans %}Offers!{% endtrans %}")

    run(market, "extract-update")

    message = read_catalogue(market / "locales", "fil").get("Offers!")
    assert message is not None
    assert (texts_of(message), message.fuzzy) == (("",), False)


def test_a_message_that_gains_a_plural_is_looked_at_again(market: Path) -> None:
    fill(market, "fil", {"id": "Home", "text": "Simula"})
    write(market, "web/templates/a.html", "{% trans n=n %}Home{% pluralize %}{{ n }} homes{% endtrans %}")

    run(market, "extract-update")

    message = read_catalogue(market / "locales", "fil").get("Home")
    assert message is not None
    assert (texts_of(message), message.fuzzy) == (("Simula", ""), True)


def test_translators_get_what_is_missing(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(market, "fil", {"id": "Home", "text": "Simula"}, {"id": "Offers", "text": "Mga alok"})
    path = path_in(market / "locales", "fil")
    path.write_text(path.read_text().replace('msgid "Offers"', '#, fuzzy\nmsgid "Offers"'))
    capsys.readouterr()

    assert run(market, "missing", "fil") == 0

    a, b = ["market/web/templates/a.html"], ["market/web/templates/b.html"]
    assert json.loads(capsys.readouterr().out) == [
        {"context": None, "id": "Offers", "plural": None, "comment": "", "where": a},
        {"context": None, "id": "Welcome", "plural": None, "comment": "a greeting", "where": b},
        {"context": "shop", "id": "One offer", "plural": "%(count)s offers", "comment": "", "where": b},
    ]


def test_english_misses_nothing(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(market, "new", "en")
    capsys.readouterr()

    run(market, "missing", "en")

    assert json.loads(capsys.readouterr().out) == []


def test_what_is_missing_can_be_filled_in_and_given_back(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    run(market, "missing", "fil")
    wanted = json.loads(capsys.readouterr().out)
    texts = {"One offer": ["Isang alok", "%(count)s alok"]}

    given = [entry | {"texts": texts.get(entry["id"], [f"na {entry['id']}"])} for entry in wanted]

    assert fill(market, "fil", *given) == 0
    catalogue = read_catalogue(market / "locales", "fil")
    assert [texts_of(message) for message in messages_of(catalogue)] == [
        ("na Home",),
        ("na Offers",),
        ("na Welcome",),
        ("Isang alok", "%(count)s alok"),
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param({"id": "Nowhere", "text": "Wala"}, "no such message", id="an unknown id"),
        pytest.param({"id": "", "text": "Wala"}, "no such message", id="the header"),
        pytest.param({"id": "Home", "context": "shop", "text": "Simula"}, "no such message", id="an unknown context"),
        pytest.param(
            {"id": "One offer", "context": "shop", "text": "Isa"}, "1 texts where 2 belong", id="a form too few"
        ),
        pytest.param({"id": "Home", "texts": ["Simula", "Mga simula"]}, "2 texts where 1 belong", id="a form too many"),
        pytest.param({"id": "Home"}, "0 texts where 1 belong", id="no text"),
        pytest.param({"id": "Home", "text": " "}, "an empty text", id="an empty text"),
        pytest.param({"id": "Home", "plural": "Homes", "text": "Simula"}, "its plural is ()", id="another plural"),
        pytest.param({"text": "Simula"}, "Field required", id="no id"),
    ],
)
def test_one_entry_that_does_not_fit_refuses_the_whole_file(
    market: Path, capsys: pytest.CaptureFixture[str], entry: dict[str, Any], reason: str
) -> None:
    before = read_po(market, "fil")

    assert fill(market, "fil", {"id": "Offers", "text": "Mga alok"}, entry) == 1

    assert reason in capsys.readouterr().err
    assert read_po(market, "fil") == before


def test_a_language_without_a_catalogue_is_named(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(market, "missing", "th") == 1
    assert capsys.readouterr().err == f"{path_in(market / 'locales', 'th')} does not exist\n"


def test_a_filled_in_message_is_no_longer_fuzzy(market: Path) -> None:
    path = path_in(market / "locales", "fil")
    path.write_text(path.read_text().replace('msgid "Home"\nmsgstr ""', '#, fuzzy\nmsgid "Home"\nmsgstr "Bahay"'))

    fill(market, "fil", {"id": "Home", "text": "Simula"})

    message = read_catalogue(market / "locales", "fil").get("Home")
    assert message is not None
    assert (texts_of(message), message.fuzzy) == (("Simula",), False)


def test_every_language_can_have_a_catalogue(market: Path) -> None:
    assert {code for code in LANGUAGES if run(market, "new", code) == 0} == set(LANGUAGES) - {"fil"}
    assert '"Language: zh_Hans\\n"' in read_po(market, "zh-Hans")
