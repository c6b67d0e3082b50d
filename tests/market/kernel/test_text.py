import unicodedata
from collections.abc import Callable
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.accounts.rules import fold_email
from market.kernel.text import MOST_MARKS, clean_line, clean_text, hash_texts, says_something, slugify


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("a\r\nb\rc\nd", "a\nb\nc\nd", id="line ends of all systems"),
        pytest.param("a\u2028b\u2029c", "a\nb\nc", id="line ends of Unicode"),
        pytest.param("a\n\n\n\n\nb", "a\n\nb", id="many blank lines"),
        pytest.param("  a \n", "a", id="space around"),
        pytest.param("a\x00b\x1bc\x7fd\x85e", "abcde", id="control characters"),
        pytest.param("a\tb", "a\tb", id="tab"),
        pytest.param("pay\u202egnp.exe\u202c", "paygnp.exe", id="turned direction"),
        pytest.param("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt", id="decomposed letters"),
        pytest.param("e\x00\u0301", "é", id="a control character between a letter and its mark"),
        pytest.param("a\ud800b", "a?b", id="lone surrogate"),
        pytest.param("😀", "😀", id="beyond the first plane"),
        pytest.param("က\u200bခ", "က\u200bခ", id="zero-width space, as Burmese breaks lines"),
        pytest.param("ក\u200dខ\u200cគ", "ក\u200dខ\u200cគ", id="joiners"),
        pytest.param("น้ำ", "น้ำ", id="sara am"),
        pytest.param("全角ＡＢＣ", "全角ＡＢＣ", id="full width"),
        pytest.param("<b>&amp;</b>", "<b>&amp;</b>", id="markup is text"),
        pytest.param(" \u200b \u3164 ", "", id="zero width and filler"),
        pytest.param("\u115f\u1160\uffa0\u2800\ufe0f\U000e0100\u00ad\ufeff\u3000", "", id="nothing that is seen"),
        pytest.param("한\u3164글", "한\u3164글", id="filler among letters"),
        pytest.param("…", "…", id="a sign alone"),
    ],
)
def test_an_authors_text_keeps_all_that_can_be_shown(sent: str, kept: str) -> None:
    assert clean_text(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("a\r\nb\u2028c", "a b c", id="line ends"),
        pytest.param(" a \t\u00a0\u3000 b ", "a b", id="spaces of all kinds"),
        pytest.param("\n\n", "", id="nothing but line ends"),
        pytest.param("ក\u200dខ", "ក\u200dខ", id="joiners"),
    ],
)
def test_a_line_is_one_line(sent: str, kept: str) -> None:
    assert clean_line(sent) == kept


@pytest.mark.parametrize("text", ["ก", "木", "٣", "Ⅷ", "★", "₫", "\u200b7", "\u3164한"], ids=ascii)
def test_a_letter_a_figure_or_a_symbol_says_something(text: str) -> None:
    assert says_something(text)


@pytest.mark.parametrize(
    "text",
    ["", " \u3000", "...", "\u0301", "\u3164", "\u115f\u1160\uffa0", "\u2800", "\ufe0f", "\u202e", "\ufffd"],
    ids=ascii,
)
def test_what_cannot_be_seen_says_nothing_and_signs_alone_neither(text: str) -> None:
    assert not says_something(text)


def split_rows(text: str) -> list[str]:
    """Letters and marks in turn."""
    rows = groupby(text, lambda character: unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) > 0)
    return ["".join(row) for _is_mark, row in rows]


MANY_MARKS = {
    "one": "\u0323" * 5_000,
    "to be put in order": "\u0315\u0301" * 2_500,
    "to be taken apart": "\u0344" * 5_000,
    "to be taken apart and put in order": "\u0f73" * 5_000,
    "narrow ones": "\uff9e\u0301" * 2_500,
}


@pytest.mark.parametrize("marks", MANY_MARKS.values(), ids=MANY_MARKS)
@pytest.mark.parametrize("clean", [clean_text, clean_line, fold_email])
def test_of_a_row_of_marks_that_would_hold_the_others_up_the_first_ones_stay(
    clean: Callable[[str], str], marks: str
) -> None:
    kept = clean(f"q{marks}qqq q{marks} q{marks}")

    assert [len(row) for row in split_rows(kept)] == [1, MOST_MARKS, 5, MOST_MARKS, 2, MOST_MARKS]
    assert clean(kept) == kept


def test_a_name_of_marks_holds_up_no_address() -> None:
    assert slugify("k" + "\u0315\u0301" * 2_500 + "iln", fallback="cn") == "kiln"


@pytest.mark.parametrize("letters", ["ก็่้๊๋", "ក្រៀ្ដ៎", "မြွှော်", "ெளி", "Z̤͔̾ͫ", "ế̤"])
def test_the_marks_that_people_write_stay(letters: str) -> None:
    assert clean_text(letters * 200) == unicodedata.normalize("NFC", letters * 200)


ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\r\n\t \x00\u0301\u202e\u2028\ud800ក"))


@given(ANY_TEXT)
def test_clean_text_can_be_stored_and_stays_as_it_is(sent: str) -> None:
    kept = clean_text(sent)

    assert clean_text(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept


@given(ANY_TEXT)
def test_a_clean_line_can_stand_in_the_header_of_a_mail(sent: str) -> None:
    kept = clean_line(sent)

    assert clean_line(kept) == kept
    assert kept.splitlines() == ([kept] if kept else [])


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Liujiang Works", "liujiang-works"),
        ("Công ty Đông Á", "cong-ty-dong-a"),
        ("Indústria São João, Lda.", "industria-sao-joao-lda"),
        ("ＡＢＣ 3D", "abc-3d"),
        ("柳江机械厂", "cn"),
        ("บริษัท", "cn"),
        ("../../etc", "etc"),
        ("a" * 80, "a" * 60),
        ("a" * 59 + " b", "a" * 59),
        ("", "cn"),
    ],
)
def test_a_slug_has_latin_letters_digits_and_single_hyphens(name: str, slug: str) -> None:
    assert slugify(name, fallback="cn") == slug


def test_a_fingerprint_keeps_borders_and_order_apart() -> None:
    fingerprints = {
        hash_texts("ab", "c"),
        hash_texts("a", "bc"),
        hash_texts("c", "ab"),
        hash_texts("abc"),
        hash_texts(),
    }

    assert len(fingerprints) == 5
    assert hash_texts("ab", "c") == hash_texts("ab", "c")
    assert len(hash_texts("\ud800")) == 32
