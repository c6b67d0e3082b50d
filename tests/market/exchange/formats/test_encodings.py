"""Which encoding a text is in. The texts are ours, as centres of the three countries would write them."""

import gzip
import unicodedata
from pathlib import Path

import pytest

from market.exchange.formats.encodings import (
    ENCODINGS,
    UNKNOWN_ENCODING,
    WRONG_ENCODING,
    Guess,
    find_encoding,
    guess_encoding,
)
from market.exchange.formats.jsonl import BAD_BYTES
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import RowFault, UnreadableFile
from tests.market.exchange.formats.making import read_file, read_values, write_file

CHINESE = (
    "标题,摘要\n"
    "果蔬热泵烘干机,“为合作社设计的烘干设备，每批处理水果二百公斤，耗电比电烘箱少一半。”\n"
    "剑麻纤维增强材料,用剑麻纤维替代玻璃纤维，可用于汽车内饰件——寻求东盟国家的生产企业（泰国、越南优先）。\n"
)
THAI = (
    "ชื่อเรื่อง,สรุป\n"
    "เครื่องอบแห้งผลไม้ด้วยปั๊มความร้อน,ใช้ไฟฟ้าน้อยกว่าตู้อบไฟฟ้าครึ่งหนึ่ง เหมาะสำหรับสหกรณ์ขนาดเล็กในชนบท\n"
    "แผ่นกันความร้อนจากแกลบ,ผลิตจากแกลบข้าวที่เหลือทิ้ง ทนไฟและน้ำหนักเบา กำลังมองหาผู้ร่วมลงทุน ๒ ราย\n"
)
VIETNAMESE = (
    "Tiêu đề,Tóm tắt\n"
    "Máy sấy trái cây dùng bơm nhiệt,Thiết bị cho hợp tác xã nhỏ, tiêu thụ điện ít hơn một nửa so với tủ sấy điện.\n"
    "Vật liệu từ xơ dừa,Tấm cách nhiệt nhẹ và chịu lửa được ép từ xơ dừa bỏ đi; đang tìm đối tác sản xuất ở miền Tây.\n"
)
PORTUGUESE = (
    "Título,Resumo\n"
    "Secador de café,O secador usa metade da eletricidade; procuramos produtores em Díli. São três séries, à mão.\n"
)

LEGACY = [
    pytest.param(CHINESE, "gb18030", "gb18030", id="chinese"),
    pytest.param(THAI, "cp874", "tis-620", id="thai"),
    pytest.param(VIETNAMESE, "cp1258", "windows-1258", id="vietnamese"),
]


def encode_vietnamese(text: str) -> bytes:
    """Windows-1258 has letters with circumflex, breve and horn; the tone stands behind them."""
    encoded = []
    for character in text:
        try:
            encoded.append(character.encode("cp1258"))
        except UnicodeEncodeError:
            *letter, tone = list(unicodedata.normalize("NFD", character))
            if tone in "\u0302\u0306\u031b":
                letter, tone = [*letter[:-1], unicodedata.normalize("NFC", letter[0] + tone)], letter[-1]
                letter = letter[-1:]
            encoded.append(unicodedata.normalize("NFC", "".join(letter)).encode("cp1258") + tone.encode("cp1258"))
    return b"".join(encoded)


def encode(text: str, codec: str) -> bytes:
    return encode_vietnamese(text) if codec == "cp1258" else text.encode(codec)


@pytest.mark.parametrize(("text", "codec", "name"), LEGACY)
def test_a_text_of_each_country_is_recognised(text: str, codec: str, name: str) -> None:
    assert guess_encoding(encode(text, codec)) == Guess(name, sure=True)


@pytest.mark.parametrize(("text", "codec", "name"), LEGACY)
def test_a_single_row_is_recognised_as_well(text: str, codec: str, name: str) -> None:
    rows = text.splitlines()[1:]

    assert [guess_encoding(encode(row, codec)) for row in rows] == [Guess(name, sure=True)] * len(rows)


@pytest.mark.parametrize(("text", "codec", "name"), LEGACY)
def test_a_sample_may_end_within_a_character(text: str, codec: str, name: str) -> None:
    encoded = encode(text, codec)

    assert {guess_encoding(encoded[:end]) for end in range(len(encoded) - 8, len(encoded))} == {Guess(name, sure=True)}


@pytest.mark.parametrize("text", [CHINESE, THAI, VIETNAMESE, PORTUGUESE], ids=["zh", "th", "vi", "pt"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised_with_and_without_a_mark(text: str, codec: str) -> None:
    assert guess_encoding(text.encode(codec)) == Guess("utf-16" if codec == "utf-16" else "utf-8", sure=True)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_mark_tells_the_order_of_bytes(codec: str, tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", ("\ufeff" + CHINESE.replace("，", " ")).encode(codec))

    assert open_rows(path).encoding == "utf-16"
    assert read_values(path)[1]["title"] == "剑麻纤维增强材料"


@pytest.mark.parametrize(
    "sample",
    [PORTUGUESE.encode("cp1252"), "Café,à São".encode("cp1252"), b"\x81\x82\x83\xff" * 40, "能".encode("gb18030")],
    ids=["portuguese", "a few letters", "noise", "one character"],
)
def test_what_is_not_recognised_is_asked_for(sample: bytes) -> None:
    assert guess_encoding(sample).sure is False


def test_plain_ascii_is_unicode() -> None:
    assert guess_encoding(b"id,title\n1,A\n") == Guess("utf-8", sure=True)


def test_a_few_bad_bytes_do_not_hide_unicode() -> None:
    assert guess_encoding(CHINESE.encode() + b"\xff\xfe") == Guess("utf-8", sure=True)


@pytest.mark.parametrize(("text", "codec", "name"), LEGACY)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_table_is_read_as_it_was_written(text: str, codec: str, name: str, packed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case of the test
    encoded = encode(text.replace(", ", " "), codec)
    path = write_file(tmp_path / "rows", gzip.compress(encoded) if packed else encoded)

    reading = open_rows(path)
    header, *lines = (line.split(",") for line in text.replace(", ", " ").splitlines())
    mapping = {header[0]: "title", header[1]: "summary"}

    assert (reading.encoding, reading.encoding_sure, reading.header) == (name, True, header)
    assert [row.values for row in reading.rows(mapping) if not isinstance(row, RowFault)] == [
        {"title": title, "summary": summary} for title, summary in lines
    ]


def test_the_first_words_beyond_ascii_may_come_late(tmp_path: Path) -> None:
    rows = "title,id\n" + "plain words,1\n" * 20_000
    path = write_file(tmp_path / "rows", rows.encode() + "果蔬热泵烘干设备,2\n".encode("gb18030"))

    assert (open_rows(path).encoding, read_values(path)[-1]) == ("gb18030", {"title": "果蔬热泵烘干设备", "id": "2"})


def test_a_chosen_encoding_is_sure(tmp_path: Path) -> None:
    reading = open_rows(write_file(tmp_path / "rows", "title\nCafé\n".encode("cp1252")), encoding="latin-1")

    assert (reading.encoding, reading.encoding_sure) == ("windows-1252", True)
    assert [row.values for row in reading.rows({"title": "title"}) if not isinstance(row, RowFault)] == [
        {"title": "Café"}
    ]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("UTF-8", "utf-8"),
        ("gbk", "gb18030"),
        ("GB2312", "gb18030"),
        ("TIS620", "tis-620"),
        (" cp1258 ", "windows-1258"),
    ],
)
def test_other_names_of_an_encoding_are_known(name: str, ours: str) -> None:
    assert find_encoding(name) == ours
    assert ours in ENCODINGS


def test_an_encoding_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as problem:
        open_rows(write_file(tmp_path / "rows", "title\nA\n"), encoding="rot13")

    assert (problem.value.message, problem.value.values) == (UNKNOWN_ENCODING, {"encoding": "rot13"})


@pytest.mark.parametrize("chosen", ["utf-8", "tis-620"])
def test_words_in_another_encoding_than_the_chosen_are_never_guessed_at(chosen: str, tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", "title,id\n节能热泵烘干设备，越南，东盟,1\n".encode("gb18030"))

    rows = read_file(path, encoding=chosen)

    assert [(row.line, row.message) for row in rows if isinstance(row, RowFault)] == [(2, BAD_BYTES)]
    assert "\ufffd" not in str(rows)


def test_half_a_unit_of_utf_16_refuses_the_file(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", "title\nA\n".encode("utf-16") + b"\x00")

    with pytest.raises(UnreadableFile) as problem:
        read_file(path)

    assert problem.value.message == WRONG_ENCODING
