"""Documents for other programs: well formed whatever stands in them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from market.kernel.text import printable
from market.web.atom import Category, Entry, Feed, Words, make_tag, write_feed
from market.web.xml_writing import write_moment
from tests.make.feeds import ATOM, LANGUAGE, list_feed_faults, read_entries, read_titles, read_xml, text_of
from tests.make.hostile import MARKUP, ODD_TEXTS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NO_CHARACTERS = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]


def make_feed(text: str, language: str = "en") -> Feed:
    words = Words(text, language)
    entry = Entry(
        id="tag:market.example,2026:listing/TO-CN-222222",
        title=words,
        summary=words,
        address="https://market.example/en/listings/TO-CN-222222",
        author=words,
        author_address="https://market.example/en/organizations/works",
        published_at=NOON,
        changed_at=NOON,
        categories=(Category("tag:market.example,2026:field", "29", text),),
    )
    return Feed(
        id="tag:market.example,2026:listings/en", language="en", title=words, subtitle=words, author="A market",
        page="https://market.example/en/listings", own=f"https://market.example/en/listings.atom?q={text}",
        changed_at=NOON, entries=(entry,),
    )  # fmt: skip


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), *MARKUP.values()], ids=[*ODD_TEXTS, *MARKUP])
def test_any_text_makes_a_well_formed_feed(text: str) -> None:
    feed = read_xml(write_feed(make_feed(text)))

    shown = printable(text).replace("\r\n", "\n").replace("\r", "\n")
    assert read_titles(feed) == [shown]
    assert [element.tag for element in feed.iter() if not element.tag.startswith(ATOM)] == []
    assert len(list(feed.iter())) == 20 - 2 * (not shown)


@pytest.mark.parametrize("point", NO_CHARACTERS, ids=hex)
def test_what_is_no_character_of_xml_is_left_out(point: int) -> None:
    feed = read_xml(write_feed(make_feed(f"Kiln{chr(point)} for cassava")))

    assert read_titles(feed) == ["Kiln for cassava"]
    assert list_feed_faults(feed) == []


def test_every_text_names_its_own_language() -> None:
    feed = read_xml(write_feed(make_feed("เตาอบ", "th")))

    (entry,) = read_entries(feed)
    texts = [entry.find(f"{ATOM}{name}") for name in ("title", "summary", "author")]
    assert feed.get(LANGUAGE) == "en"
    assert [text.get(LANGUAGE) for text in texts if text is not None] == ["th", "th", "th"]


def test_moments_are_written_in_utc_without_fractions() -> None:
    there = datetime(2026, 11, 24, 19, 30, 5, 999, tzinfo=timezone(timedelta(hours=7)))

    assert write_moment(there) == "2026-11-24T12:30:05Z"


@pytest.mark.parametrize("site", ["https://market.example", "https://market.example/", "http://market.example:8000"])
def test_a_tag_is_of_the_host_alone(site: str) -> None:
    assert make_tag(site, "listing/TO-CN-222222") == "tag:market.example,2026:listing/TO-CN-222222"


def test_faults_of_a_feed_are_found() -> None:
    feed = read_xml(write_feed(make_feed("Kiln")))
    (entry,) = read_entries(feed)
    for element in (feed, entry):
        element.remove(element.findall(f"{ATOM}id")[0])
        element.remove(element.findall(f"{ATOM}author")[0])

    assert len(list_feed_faults(feed)) == 6
    assert text_of(entry, "title") == "Kiln"
