"""What was asked for is marked in the author's own text, whole clusters at a time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icu4py.breakers import CharacterBreaker

from search.highlighting import ELLIPSIS, mark, mark_excerpt
from search.languages import LANGUAGES

SENTENCE = (
    "Our members press about forty tonnes of cassava roots a day during the season. The pulp leaves the press with "
    "eighty per cent water, sours within a day and smells. We look for a continuous drying technology that uses biogas."
)


def excerpt(text: str, query: str, language: str, length: int) -> str:
    return "".join(part for part, _ in mark_excerpt(text, query, language, length))


def marked(text: str, query: str, language: str) -> list[str]:
    return [part for part, is_match in mark(text, query, language) if is_match]


@pytest.mark.parametrize(
    ("language", "text", "query", "found"),
    [
        ("en", "Low-energy DRYING of dryingly wet pulp", "drying, pulp?", ["DRYING", "pulp"]),
        ("pt", "Avaliação técnica", "avaliacao", ["Avaliação"]),
        ("vi", "Sấy bã sắn", "bã sắn", ["bã", "sắn"]),
        ("vi", "Sấy bã sắn", "ba san", ["bã", "sắn"]),
        ("vi", "Sấy bà sắn", "bã", []),
        ("vi", "Sa\u0302\u0301y ba\u0303", "sấy", ["Sa\u0302\u0301y"]),
        ("th", "เครื่องอบแห้งกากมันสำปะหลัง", "มันสำปะหลัง", ["มันสำปะหลัง"]),
        ("th", "ระบบน\u0e49\u0e4d\u0e32", "น้ำ", ["น\u0e49\u0e4d\u0e32"]),
        ("zh-Hans", "低能耗木薯渣烘干设备", "木薯渣 烘干", ["木薯渣", "烘干"]),
        ("km", "ម៉ាស៊ីនសម្ងួតដំឡូងមី", "ដំឡូងមី", ["ដំឡូងមី"]),
        ("lo", "ເຄື່ອງອົບແຫ້ງ", "ອົບແຫ້ງ", ["ອົບແຫ້ງ"]),
        ("my", "ရေသန့်စင်စက် ရှာသည်", "ရေသန့်စင်", ["ရေသန့်စင်"]),
        ("ta", "மரவள்ளிக்கிழங்கு சக்கை உலர்த்தல்", "சக்கை", ["சக்கை"]),
        ("th", "ตู้ควบคุม PLC ใหม่", "plc", ["PLC"]),
        ("en", "The pump", "", []),
        ("en", "The pump", "?!", []),
    ],
)
def test_the_query_s_words_are_marked(language: str, text: str, query: str, found: list[str]) -> None:
    parts = marked(text, query, language)

    # Neighbouring matches may be one mark or two.
    assert "".join(parts) == "".join(found)


@pytest.mark.parametrize("language", list(LANGUAGES))
@given(data=st.data())
def test_the_parts_are_the_text_and_never_cut_a_cluster(language: str, data: st.DataObject) -> None:
    alphabet = st.sampled_from("aAáสำน้ำເຄ່ក្រមက်န့်ျြကொ木薯 \u200b\r\n\u0301\ud800\x00ß½\U0001f468\u200d\U0001f33e-_9")
    text = data.draw(st.text(alphabet=alphabet, max_size=30) | st.text(max_size=20))
    query = data.draw(st.text(alphabet=alphabet, max_size=6) | st.just(text[2:6]))

    parts = mark(text, query, language)

    assert "".join(part for part, _ in parts) == text
    borders = {0}
    for cluster in CharacterBreaker(re.sub("[\ud800-\udfff]", "\ufffd", text), "en"):
        borders.add(max(borders) + len(cluster))
    place = 0
    for part, _ in parts:
        place += len(part)
        assert place in borders


@pytest.mark.parametrize("length", [1, 20, 80, 200])
def test_an_excerpt_shows_where_the_query_is(length: int) -> None:
    shown = excerpt(SENTENCE, "drying biogas", "en", length)

    assert len(shown) <= length + 2 * len(ELLIPSIS) + 12
    assert shown.strip(ELLIPSIS) in SENTENCE
    if length >= 80:
        parts = mark_excerpt(SENTENCE, "drying biogas", "en", length)
        assert "drying" in {part.lower() for part, is_match in parts if is_match}


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt("Short.", "x", "en", 80) == "Short."


@pytest.mark.parametrize("language", list(LANGUAGES))
@given(text=st.text(max_size=60), query=st.text(max_size=5), length=st.integers(1, 40))
def test_an_excerpt_is_part_of_its_text(language: str, text: str, query: str, length: int) -> None:
    shown = excerpt(text, query, language, length)

    assert shown.removeprefix(ELLIPSIS).removesuffix(ELLIPSIS) in text or shown == text


@given(
    text=st.text(st.sampled_from("aAéüßŒœđĐŁσςΣ½…™№木薯干。，（）Ａｚ１\u00a0\u2019\u2212 \n\t-_9"), max_size=30),
    query=st.text(st.sampled_from("aéßσ薯Ａ1 "), min_size=1, max_size=3),
)
def test_what_is_cut_quickly_is_marked_as_if_cluster_by_cluster(text: str, query: str) -> None:
    # A mark above a letter, in a word of its own, has the whole text cut into clusters.
    slowly = mark(f"{text} x\u0301", query, "en")

    assert [part for part, is_match in mark(text, query, "en") if is_match] == [
        part for part, is_match in slowly if is_match
    ]
