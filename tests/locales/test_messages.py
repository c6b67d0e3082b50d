"""The checks of the catalogues: each rule once broken and once kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from locales import LANGUAGES
from locales.catalogues import FOLDER
from locales.messages import main
from locales.tools.checks import check
from locales.tools.exceptions import load_exceptions
from locales.tools.extraction import extract_messages
from locales.tools.faults import Rule
from locales.tools.files import make_catalogue, messages_of, path_in, update_catalogue, write_catalogue
from locales.tools.wording import Mark, last_mark

Texts = Mapping[str, str | tuple[str, ...]]

ABBREVIATIONS = 'abbreviations = ["TRL", "IPC"]\n'
SENTENCE = "{% trans %}Your listing is published.{% endtrans %}"
LINK = '{% trans name=name %}Please <a href="/help">ask</a> {{ name }} now.{% endtrans %}'
COUNT = "{% trans count=n %}One listing was found.{% pluralize %}{{ count }} listings were found.{% endtrans %}"
PERCENT = "{% trans %}Half of it (50%) is ready.{% endtrans %}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "exceptions.toml").write_text(ABBREVIATIONS)
    return tmp_path


def write_page(root: Path, page: str, *, name: str = "page.html") -> None:
    path = root / "market" / "web" / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)


def write_catalogues(root: Path, texts: Texts) -> None:
    """One for each language, whose messages all have the same text."""
    for code, text in texts.items():
        catalogue = make_catalogue(code)
        update_catalogue(catalogue, code, extract_messages(root))
        for message in messages_of(catalogue):
            message.string = text
        write_catalogue(root, code, catalogue)


def find_rules(root: Path, *codes: str) -> list[tuple[str, Rule]]:
    return [(fault.language, fault.rule) for fault in check(root, root, codes=codes)]


def find_rules_of(root: Path, page: str, texts: Texts) -> list[tuple[str, Rule]]:
    write_page(root, page)
    write_catalogues(root, texts)
    return find_rules(root, *texts)


def add_exception(root: Path, languages: Sequence[str], *, message: str = "Your listing is published.") -> None:
    lines = ["[[exception]]", f'message = "{message}"', f"languages = {list(languages)}", 'reason = "It is right."']
    with (root / "exceptions.toml").open("a") as exceptions:
        exceptions.write("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("page", "code", "text", "rules"),
    [
        pytest.param(SENTENCE, "th", "เผยแพร่ประกาศของคุณแล้ว", [], id="a right translation"),
        pytest.param(SENTENCE, "th", "", [Rule.UNTRANSLATED], id="an untranslated message"),
        pytest.param(
            COUNT, "fil", ("Isang tala ang nakita.", ""), [Rule.UNTRANSLATED], id="an untranslated plural form"
        ),
        pytest.param(SENTENCE, "en", "", [], id="English in the English catalogue"),
        pytest.param(SENTENCE, "en", "Your offer is published.", [Rule.WRITTEN], id="English changed in the catalogue"),
        pytest.param(COUNT, "en", ("A listing was found.", "%(count)s were found."), [], id="English plural forms"),
        pytest.param(SENTENCE, "pt", "your listing is  published.", [Rule.ENGLISH], id="English left in place"),
        pytest.param(
            "{% trans %}Total (TRL 5){% endtrans %}", "pt", "Total (TRL 5)", [], id="two words may be the same"
        ),
        pytest.param(SENTENCE, "lo", "ປະກາດ published ແລ້ວ.", [Rule.SCRIPT], id="too little Lao"),
        pytest.param(SENTENCE, "lo", "IPC ແລະ TRL", [], id="abbreviations are no letters"),
        pytest.param(
            SENTENCE, "th", "ระดับTRLของคุณ www.example.org/listings/published", [], id="addresses are no letters"
        ),
        pytest.param(SENTENCE, "zh-Hans", "您的listing已经published.", [Rule.SCRIPT], id="too little Chinese"),
        pytest.param(SENTENCE, "km", "การประกาศของคุณ។", [Rule.SCRIPT], id="Thai in the Khmer catalogue"),
        pytest.param(SENTENCE, "th", "ที่TRLและIPC", [], id="abbreviations stand beside Thai letters"),
        pytest.param(SENTENCE, "my", "ရှိပြီး done။", [], id="marks above letters are letters"),
        pytest.param(SENTENCE, "ta", "உங்கள் பட்டியல் வெளியிடப்பட்டது.", [], id="Tamil is Tamil"),
        pytest.param(LINK, "km", 'សូម <a href="/help">សួរ</a> %(name)s ឥឡូវ។', [], id="placeholders and tags kept"),
        pytest.param(LINK, "vi", 'Hãy <a href="/help">hỏi</a> ngay.', [Rule.PLACEHOLDERS], id="a placeholder lost"),
        pytest.param(
            LINK, "vi", 'Hãy <a href="/help">hỏi</a> %(tên)s.', [Rule.PLACEHOLDERS], id="a placeholder translated"
        ),
        pytest.param(LINK, "vi", 'Hãy <a href="/help">hỏi</a> %(name).', [Rule.PLACEHOLDERS], id="a placeholder cut"),
        pytest.param(LINK, "vi", "Hãy hỏi %(name)s ngay.", [Rule.TAGS], id="a tag lost"),
        pytest.param(LINK, "vi", 'Hãy <a href="/">hỏi</a> %(name)s ngay.', [Rule.TAGS], id="a link led elsewhere"),
        pytest.param(PERCENT, "vi", "Một nửa (50%%) đã xong.", [], id="a doubled per cent sign"),
        pytest.param(PERCENT, "vi", "Một nửa (50%) đã xong.", [Rule.PLACEHOLDERS], id="a lone per cent sign"),
        pytest.param(COUNT, "fil", ("Isa ang nakita.", "%(count)s ang nakita."), [], id="one needs no number"),
        pytest.param(
            COUNT, "fil", ("Isa ang nakita.", "Marami ang nakita."), [Rule.PLACEHOLDERS], id="many need a number"
        ),
        pytest.param(COUNT, "id", ("Satu ditemukan.",), [Rule.PLACEHOLDERS], id="the only form needs a number"),
        pytest.param(SENTENCE, "vi", "Tin của bạn đã được đăng. ", [Rule.SPACES], id="white space added"),
        pytest.param(
            "{% trans %}Sign in or {% endtrans %}", "vi", "Đăng nhập hoặc", [Rule.SPACES], id="white space lost"
        ),
        pytest.param(SENTENCE, "vi", "Tin của bạn đã được đăng:", [Rule.PUNCTUATION], id="another last mark"),
    ],
)
def test_a_translation_is_measured(
    root: Path, page: str, code: str, text: str | tuple[str, ...], rules: list[Rule]
) -> None:
    assert find_rules_of(root, page, {code: text}) == [(code, rule) for rule in rules]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        pytest.param({"fil": "Nailathala na.", "pt": "Foi publicado."}, [], id="all differ"),
        pytest.param(
            {"fil": "Foi publicado.", "th": "เผยแพร่แล้ว", "pt": "Foi publicado."},
            [("fil", Rule.COPIED), ("pt", Rule.COPIED)],
            id="one copied from another",
        ),
        pytest.param(
            {"en": "", "th": "", "pt": ""}, [("th", Rule.UNTRANSLATED), ("pt", Rule.UNTRANSLATED)], id="nothing yet"
        ),
    ],
)
def test_a_translation_is_compared_with_the_other_languages(
    root: Path, texts: Texts, found: list[tuple[str, Rule]]
) -> None:
    assert find_rules_of(root, SENTENCE, texts) == found


@pytest.mark.parametrize(
    ("agreeing", "rules"),
    [
        pytest.param(1, [], id="a third agree"),
        pytest.param(2, [("id", Rule.TWINS), ("ms", Rule.TWINS)], id="more agree"),
    ],
)
def test_indonesian_and_malay_may_agree_in_a_third(root: Path, agreeing: int, rules: list[tuple[str, Rule]]) -> None:
    write_page(root, "".join(f"{{% trans %}}Page {name} of the market{{% endtrans %}}" for name in ("a", "b", "c")))
    for code in ("id", "ms"):
        catalogue = make_catalogue(code)
        update_catalogue(catalogue, code, extract_messages(root))
        for number, message in enumerate(messages_of(catalogue)):
            message.string = f"Halaman pasar {number}" + ("" if number < agreeing else f" {code}")
        write_catalogue(root, code, catalogue)

    assert find_rules(root, "id", "ms") == rules


def test_two_words_may_be_the_same_in_two_languages(root: Path) -> None:
    page = "{% trans %}Total (TRL 5){% endtrans %}"

    assert find_rules_of(root, page, {"fil": "Suma total (TRL 5)", "pt": "Suma total (TRL 5)"}) == []


def test_a_fuzzy_message_is_a_fault(root: Path) -> None:
    find_rules_of(root, SENTENCE, {"vi": "Tin của bạn đã được đăng."})
    catalogue = path_in(root, "vi")
    catalogue.write_text(catalogue.read_text().replace('msgid "Your', '#, fuzzy\nmsgid "Your'))

    assert find_rules(root, "vi") == [("vi", Rule.FUZZY)]


@pytest.mark.parametrize(
    ("page", "details"),
    [
        pytest.param(SENTENCE + "{% trans %}New{% endtrans %}", {"New": "is missing"}, id="a new message"),
        pytest.param("", {"Your listing is published.": "is no longer used"}, id="a dropped message"),
        pytest.param(
            "{# Translators: a notice #}" + SENTENCE,
            {"": "other order, places or comments"},
            id="a comment for translators",
        ),
    ],
)
def test_a_catalogue_is_out_of_step_with_a_changed_page(root: Path, page: str, details: dict[str, str]) -> None:
    find_rules_of(root, SENTENCE, {"en": ""})
    write_page(root, page)

    faults = check(root, root, codes=["en"])

    assert {fault.message: fault.detail for fault in faults} == details
    assert {fault.rule for fault in faults} == {Rule.OUT_OF_STEP}


def test_a_message_moved_to_another_page_is_out_of_step(root: Path) -> None:
    find_rules_of(root, SENTENCE, {"en": ""})
    write_page(root, "")
    write_page(root, SENTENCE, name="other.html")

    assert find_rules(root, "en") == [("en", Rule.OUT_OF_STEP)]


def test_a_catalogue_wrapped_by_another_program_is_in_step(root: Path) -> None:
    find_rules_of(root, COUNT, {"pt": ("Um anúncio encontrado.", "%(count)s anúncios encontrados.")})
    catalogue = path_in(root, "pt")
    wrapped = catalogue.read_text().replace('"Um anúncio ', '""\n"Um anúncio "\n"').replace("(n != 1)", "n != 1")
    catalogue.write_text(wrapped.replace('"Language: pt', '"X-Generator: Some Editor\\n"\n"Language: pt'))

    assert find_rules(root, "pt") == []


def test_a_catalogue_has_the_plural_forms_of_its_language(root: Path) -> None:
    find_rules_of(root, SENTENCE, {"id": "Tawaran Anda diterbitkan."})
    catalogue = path_in(root, "id")
    catalogue.write_text(catalogue.read_text().replace("nplurals=1; plural=0;", "nplurals=2; plural=(n != 1);"))

    assert find_rules(root, "id") == [("id", Rule.PLURALS)]


def test_languages_have_one_plural_form_or_two() -> None:
    two = {code for code in LANGUAGES if make_catalogue(code).num_plurals == 2}
    one = {code for code in LANGUAGES if make_catalogue(code).num_plurals == 1}

    assert (two, one) == ({"en", "fil", "pt", "ta"}, {"id", "km", "lo", "ms", "my", "th", "vi", "zh-Hans"})


def test_a_catalogue_is_there_and_can_be_read(root: Path) -> None:
    find_rules_of(root, SENTENCE, {"pt": "Foi publicado."})
    path_in(root, "pt").write_text('msgid "Your"\nmsg "half a merge"\n')

    assert find_rules(root, "th", "pt") == [("th", Rule.ABSENT), ("pt", Rule.UNREADABLE)]


def test_an_exception_excuses_a_language_it_names(root: Path) -> None:
    add_exception(root, ["pt"])

    found = find_rules_of(root, SENTENCE, {"pt": "Your listing is published.", "vi": "Your listing is published."})

    assert found == [("vi", Rule.ENGLISH)]


@pytest.mark.parametrize("message", ["Your listing is published.", "A message of last year."])
def test_an_exception_no_longer_needed_is_a_fault(root: Path, message: str) -> None:
    add_exception(root, ["pt"], message=message)

    assert find_rules_of(root, SENTENCE, {"pt": "O seu anúncio foi publicado."}) == [("pt", Rule.NEEDLESS)]


@pytest.mark.parametrize("text", ["", "O seu anúncio %(x)s foi publicado."], ids=["untranslated", "a placeholder"])
def test_an_exception_does_not_excuse_what_breaks_a_page(root: Path, text: str) -> None:
    find_rules_of(root, SENTENCE, {"pt": text})
    broken = find_rules(root, "pt")

    add_exception(root, ["pt"])

    assert find_rules(root, "pt") == [*broken, ("pt", Rule.NEEDLESS)]


@pytest.mark.parametrize(("languages", "reason"), [(["pt"], ""), (["xx"], "A reason."), ([], "A reason.")])
def test_an_exception_names_languages_and_a_reason(root: Path, languages: list[str], reason: str) -> None:
    content = f'[[exception]]\nmessage = "Sign in"\nlanguages = {languages}\nreason = "{reason}"\n'
    (root / "exceptions.toml").write_text(content)

    with pytest.raises(ValueError, match="validation error"):
        load_exceptions(root)


def test_the_projects_list_of_exceptions_can_be_read() -> None:
    assert load_exceptions(FOLDER).abbreviations >= {"TRL", "IPC", "WIPO", "SDG", "ASEAN", "API", "QR"}


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("确定吗？", Mark.QUESTION),
        ("ឈ្មោះ៖", Mark.COLON),
        ("名称：", Mark.COLON),
        ("<b>ပြီးပါပြီ။</b>", Mark.STOP),
        ("（完成。）", Mark.STOP),
        ("Loading...", Mark.TRAILING),
        ("%(name)s", Mark.NONE),
    ],
)
def test_last_marks_are_known_in_every_script(text: str, mark: Mark) -> None:
    assert last_mark(text) is mark


def test_the_command_fails_with_a_line_for_each_fault(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_page(root, '{% trans "button" %}Close{% endtrans %}')
    write_catalogues(root, dict.fromkeys(LANGUAGES, "") | {"th": "ปิด!"})

    code = main(["check"], folder=root, root=root)

    written = capsys.readouterr()
    expected = [f'{code}: "Close" [button]: is not translated' for code in LANGUAGES if code not in {"en", "th"}]
    assert (code, written.out.splitlines()) == (1, expected)
    warning = (
        'warning: th: "Close" [button]: ends otherwise than the English: no mark in English, an exclamation mark here\n'
    )
    assert written.err == warning


def test_the_command_lets_warnings_pass(root: Path) -> None:
    write_page(root, "{% trans %}Close{% endtrans %}")
    own = {code: f"{language.own_name}!" for code, language in LANGUAGES.items()}

    write_catalogues(root, own | {"en": ""})

    assert main(["check"], folder=root, root=root) == 0
