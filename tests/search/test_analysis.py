"""Words compare equal however they were typed, and nothing that is typed breaks the cutting."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import analyse, clean_text, cut_words, fold_accents, list_grams, search_key
from search.burmese import LIKELY_ZAWGYI, convert_zawgyi, detect_zawgyi, order_burmese
from search.khmer import order_khmer
from search.languages import LANGUAGES, OTHER, find_language, list_groups, normalise_code

SAME = {
    "vietnamese, decomposed": (unicodedata.normalize("NFD", "Công nghệ sấy"), "công nghệ sấy"),
    "upper case": ("CASSAVA Straße", "cassava strasse"),
    "full width": ("ＰＬＣ　１２３", "plc 123"),
    "soft hyphen and joiners": ("cas\u00adsa\u200dva\ufeff", "cassava"),
    "direction marks": ("\u200fpump\u202c", "pump"),
    "thai, nikhahit and aa": ("น\u0e49\u0e4d\u0e32", "น้ำ"),
    "thai, nikhahit before the tone": ("น\u0e4d\u0e49\u0e32", "น้ำ"),
    "thai digits": ("๒๕๖๘", "2568"),
    "lao, sara am in parts": ("ນ\u0ec9\u0ecd\u0eb2", "ນ້ຳ"),
    "lao digits": ("໑໒", "12"),
    "khmer, vowel before the subscript": ("ក\u17b6\u17d2\u179a", "ក\u17d2\u179a\u17b6"),
    "khmer, sign before the vowel": ("ក\u17c6\u17bb", "ក\u17bb\u17c6"),
    "khmer, vowel in two parts": ("ក\u17c1\u17b8", "ក\u17be"),
    "khmer, zero width space and inherent vowel": ("ភាសា\u200bខ្មែរ\u17b4", "ភាសាខ្មែរ"),
    "burmese, medials in another order": ("က\u103d\u103b", "က\u103b\u103d"),
    "burmese, vowel before the medial": ("က\u1031\u103c", "က\u103c\u1031"),
    "burmese, dot below and asat": ("န\u1037\u103a", "န\u103a\u1037"),
    "burmese, zero for wa": ("\u1040န်ဆောင်မှု", "ဝန်ဆောင်မှု"),
    "burmese digits": ("၁၂၃", "123"),
    "tamil, vowel in two parts": ("க\u0bc6\u0bbe", "கொ"),
}


@pytest.mark.parametrize(("typed", "meant"), SAME.values(), ids=SAME.keys())
def test_two_ways_of_typing_have_one_key(typed: str, meant: str) -> None:
    assert search_key(typed) == search_key(meant)


def test_the_key_keeps_sara_am_whole() -> None:
    assert "\u0e33" in search_key("น้ำ")
    assert cut_words("ตำแหน่ง", LANGUAGES["th"]) == ["ตำแหน่ง"]


@pytest.mark.parametrize(
    ("zawgyi", "meant"),
    [
        ("ျမန္မာႏိုင္ငံ", "မြန်မာနိုင်ငံ"),
        ("ေရသန္႔စင္စက္", "ရေသန့်စင်စက်"),
        ("ကၽြန္ေတာ္", "ကျွန်တော်"),
        ("အဂၤလိပ္", "အင်္ဂလိပ်"),
        ("ေက်ာင္းသား", "ကျောင်းသား"),
        ("စီးပြားေရး", "စီးပွားရေး"),
        ("၀န္ေဆာင္မႈ", "ဝန်ဆောင်မှု"),
        ("ကမၻာ", "ကမ္ဘာ"),
        ("ေျမႀကီး", "မြေကြီး"),
        ("ျမွင့္တင္", "မြှင့်တင်"),
    ],
)
def test_zawgyi_is_noticed_and_read_as_what_it_shows(zawgyi: str, meant: str) -> None:
    assert detect_zawgyi(zawgyi) >= LIKELY_ZAWGYI
    assert detect_zawgyi(meant) == 0.0
    assert convert_zawgyi(zawgyi) == order_burmese(meant)
    assert search_key(zawgyi) == search_key(meant)
    assert clean_text(zawgyi) == unicodedata.normalize("NFC", meant)


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("zh-Hans", "木薯渣烘干，PLC控制器。", ["木薯", "渣", "烘干", "plc", "控制器"]),
        ("en", "Low-energy drying: 0.3 % CO₂!", ["low", "energy", "drying", "0", "3", "co2"]),
        ("vi", "Sấy bã sắn", ["sấy", "bã", "sắn"]),
        ("th", "เครื่องอบแห้งน้ำ 25 ตัน", ["เครื่อง", "อบ", "แห้ง", "น้ำ", "25", "ตัน"]),
        ("id", "Pengeringan ubi-kayu", ["pengeringan", "ubi", "kayu"]),
        ("fil", "Pagpapatuyô ng kamoteng-kahoy", ["pagpapatuyo", "ng", "kamoteng", "kahoy"]),
        ("km", "សម្រាប់សម្ងួត", ["សម្រាប់", "សម្ងួត"]),
        ("ta", "மரவள்ளிக்கிழங்கு சக்கை", ["மரவள்ளிக்கிழங்கு", "சக்கை"]),
        ("pt", "Avaliação técnica", ["avaliacao", "tecnica"]),
        ("en", "a_b __ --", ["a", "b"]),
        ("th", "", []),
    ],
)
def test_words_are_cut_as_the_language_asks(code: str, text: str, words: list[str]) -> None:
    assert cut_words(text, LANGUAGES[code]) == words


def test_vietnamese_keeps_its_diacritics_and_has_a_field_without() -> None:
    cut = analyse("Đường sắt", LANGUAGES["vi"])

    assert (cut.words, cut.folded) == ("đường sắt", "duong sat")
    assert analyse("Đường sắt", LANGUAGES["en"]).words == "duong sat"


def test_grams_run_over_spaces_where_words_have_them() -> None:
    assert list_grams(analyse("Wet pulp", LANGUAGES["en"]).letters, LANGUAGES["en"])[1:4] == ["et ", "t p", " pu"]
    assert list_grams(analyse("木薯 渣", LANGUAGES["zh-Hans"]).letters, LANGUAGES["zh-Hans"]) == ["木薯", "薯渣"]
    assert list_grams("ab", LANGUAGES["en"]) == ["ab"]
    assert list_grams("", LANGUAGES["en"]) == []


@pytest.mark.parametrize("code", [*LANGUAGES, "und"])
@given(text=st.text())
@example(text="\u00af\u1060")
def test_cutting_never_fails_and_a_key_is_its_own_key(code: str, text: str) -> None:
    key = search_key(text)
    analyse(text, find_language(code))

    assert search_key(key) == key


LATIN_AND_TAMIL = [
    chr(point)
    for point in (
        *range(1, 0x250),
        *range(0x300, 0x370),
        *range(0xB80, 0xC00),
        *range(0x1E00, 0x1F00),
        *range(0x2010, 0x2150),
    )
]


@pytest.mark.parametrize("code", ["en", "vi", "ta", "zh-Hans", "und"])
@given(text=st.text(alphabet=[*LATIN_AND_TAMIL, *" \n\u0301" * 40]))
@example(text="Công nghệ, sấy_lúa´x café\u0301 \u0301a ² நீர் ﬁ")
def test_a_text_cut_word_by_word_is_cut_as_a_whole_one_is(code: str, text: str) -> None:
    """An invisible character, which only the slower way knows, makes no difference."""
    assert analyse(text, find_language(code)) == analyse(text + "\u2060", find_language(code))


@given(text=st.text(alphabet=[chr(point) for point in (*range(0x1000, 0x10A0), 0x200B, 0x20)], max_size=40))
def test_burmese_order_is_stable_and_conversion_never_fails(text: str) -> None:
    assert order_burmese(order_burmese(text)) == order_burmese(text)
    convert_zawgyi(text)
    assert 0.0 <= detect_zawgyi(text) <= 1.0


@given(text=st.text(alphabet=[chr(point) for point in range(0x1780, 0x1800)], max_size=40))
def test_khmer_order_is_stable(text: str) -> None:
    assert order_khmer(order_khmer(text)) == order_khmer(text)


@given(text=st.text(alphabet="aáàâãăắđĐeéêếioóơu ", max_size=20))
def test_folding_leaves_no_latin_accent(text: str) -> None:
    assert fold_accents(search_key(text)).isascii()


@pytest.mark.parametrize(
    ("given_code", "code"),
    [("zh", "zh-Hans"), ("zh_CN", "zh-Hans"), ("pt-BR", "pt"), ("tl", "fil"), ("EN", "en"), ("ja", "ja"), ("", "und")],
)
def test_codes_are_read_as_ours(given_code: str, code: str) -> None:
    assert normalise_code(given_code) == code


def test_malay_and_indonesian_share_their_words() -> None:
    assert LANGUAGES["id"].group == LANGUAGES["ms"].group
    assert len(list_groups()) == len(LANGUAGES) - 1 + 1
    assert find_language("ja") is OTHER
