"""A text's language shows by its script, and in Latin letters by its letters; the reader's own goes first."""

import pytest

from search.analysis import fold_accents
from search.detection import count_scripts, detect_language
from search.languages import LANGUAGES, Script
from search.own_texts import read_texts

SENTENCES = {
    "zh-Hans": "我们需要低能耗的烘干设备",
    "en": "We are looking for a dryer that needs little fuel",
    "vi": "Chúng tôi cần một máy sấy tốn ít nhiên liệu",
    "th": "เราต้องการเครื่องอบแห้ง",
    "id": "Kami mencari mesin pengering yang hemat bahan bakar karena biaya listrik terlalu mahal",
    "fil": "Naghahanap kami ng makinang pampatuyo na matipid sa gasolina",
    "km": "យើងត្រូវការម៉ាស៊ីនសម្ងួត",
    "lo": "ພວກເຮົາຕ້ອງການເຄື່ອງອົບແຫ້ງ",
    "my": "ကျွန်ုပ်တို့ အခြောက်ခံစက် လိုအပ်ပါသည်",
    "ta": "எங்களுக்கு உலர்த்தும் இயந்திரம் தேவை",
    "pt": "Procuramos um secador que gaste pouco combustível",
}


@pytest.mark.parametrize(("code", "text"), SENTENCES.items(), ids=SENTENCES.keys())
@pytest.mark.parametrize("trusted", ["en", "vi", "zh-Hans", "ja"])
def test_a_sentence_shows_its_language_whoever_reads(code: str, text: str, trusted: str) -> None:
    assert detect_language(text, trusted=trusted) == code


@pytest.mark.parametrize("trusted", ["id", "ms"])
def test_of_malay_and_indonesian_the_reader_s_own_is_meant(trusted: str) -> None:
    assert detect_language("mesin pengering", trusted=trusted) == trusted


@pytest.mark.parametrize(("text", "trusted"), [("PLC", "vi"), ("12.5", "km"), ("", "th"), ("ABB", "pt")])
def test_where_the_text_says_nothing_the_reader_s_language_stands(text: str, trusted: str) -> None:
    assert detect_language(text, trusted=trusted) == trusted


def test_an_unknown_reader_and_no_letters_are_english() -> None:
    assert detect_language("123", trusted="xx") == "en"


def test_vietnamese_without_diacritics_is_still_vietnamese() -> None:
    assert detect_language(fold_accents(SENTENCES["vi"].lower()), trusted="en") == "vi"


def test_a_name_in_latin_letters_does_not_hide_the_script() -> None:
    assert detect_language("ระบบ PLC Modbus", trusted="en") == "th"
    assert count_scripts("ระบบ PLC") == {Script.THAI: 4, Script.LATIN: 3}


def test_every_language_has_texts_of_its_own() -> None:
    texts = read_texts()

    assert list(texts) == list(LANGUAGES)
    assert {len(group) for one in texts.values() for group in (one.passages, one.sentences, one.keywords)} == {60}
