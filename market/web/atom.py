"""Feeds for feed readers: Atom (RFC 4287), page by page (RFC 5005 §3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from market.kernel.text import printable
from market.web.xml_writing import add, make_root, write, write_moment

MEDIA_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"

TAG_YEAR = 2026
"""A `tag:` address names a year in which its host was ours (RFC 4151). It never changes, or readers show all again."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text and the language it is in, which is not always the reader's."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Category:
    """A code of a value list: `scheme` names the list, `label` is the code's name in the feed's language."""

    scheme: str
    term: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    title: Words
    summary: Words
    address: str
    author: Words
    author_address: str
    published_at: datetime
    changed_at: datetime
    categories: Sequence[Category] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """`page` is the address for people, `own` and `next` those of this part of the feed and of the one behind it."""

    id: str
    language: str
    title: Words
    subtitle: Words
    author: str
    page: str
    own: str
    changed_at: datetime
    entries: Sequence[Entry] = field(default_factory=tuple)
    next: str | None = None


def make_tag(base_url: str, name: str) -> str:
    """A lasting name for something of this site (RFC 4151), the same in every language."""
    return f"tag:{urlsplit(base_url).hostname},{TAG_YEAR}:{name}"


def write_feed(feed: Feed) -> bytes:
    root = make_root("feed", {"xmlns": NAMESPACE, "xml:lang": feed.language})
    add(root, "id", feed.id)
    _add_words(root, "title", feed.title)
    _add_words(root, "subtitle", feed.subtitle)
    add(root, "updated", write_moment(feed.changed_at))
    add(add(root, "author"), "name", feed.author)
    _add_page(root, feed.page, feed.language)
    add(root, "link", attributes={"rel": "self", "type": MEDIA_TYPE, "href": feed.own})
    if feed.next:
        add(root, "link", attributes={"rel": "next", "type": MEDIA_TYPE, "href": feed.next})
    for entry in feed.entries:
        _add_entry(root, entry, feed.language)
    return write(root)


def _add_entry(root: Element, entry: Entry, language: str) -> None:
    element = add(root, "entry")
    add(element, "id", entry.id)
    _add_words(element, "title", entry.title)
    _add_words(element, "summary", entry.summary)
    add(element, "published", write_moment(entry.published_at))
    add(element, "updated", write_moment(entry.changed_at))
    author = add(element, "author", attributes={"xml:lang": entry.author.language})
    add(author, "name", entry.author.text)
    add(author, "uri", entry.author_address)
    _add_page(element, entry.address, language)
    for category in entry.categories:
        add(
            element,
            "category",
            attributes={"term": category.term, "scheme": category.scheme, "label": category.label},
        )


def _add_page(parent: Element, address: str, language: str) -> None:
    add(parent, "link", attributes={"rel": "alternate", "type": "text/html", "hreflang": language, "href": address})


def _add_words(parent: Element, tag: str, words: Words) -> None:
    """A title must be there even where it is empty; an empty summary says nothing."""
    if printable(words.text) or tag == "title":
        add(parent, tag, words.text, {"type": "text", "xml:lang": words.language})
