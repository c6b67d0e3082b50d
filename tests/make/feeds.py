"""Feeds and sitemaps as a program reads them, and what RFC 4287 asks of a feed."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring

from httpx2 import Response

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

ONCE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated", "published")}
KNOWN = {"id", "title", "subtitle", "summary", "updated", "published", "author", "link", "category", "entry"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def read_xml(answer: Response | bytes) -> Element:
    content = answer if isinstance(answer, bytes) else answer.content
    return fromstring(content)  # noqa: S314 - our own answer


def read_entries(feed: Element) -> list[Element]:
    return feed.findall(f"{ATOM}entry")


def text_of(element: Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def find_link(element: Element, rel: str) -> str | None:
    """The address of the only link of this kind."""
    found = [link.get("href") for link in element.findall(f"{ATOM}link") if link.get("rel") == rel]
    if len(found) > 1:
        raise AssertionError(f"{len(found)} links {rel}")
    return found[0] if found else None


def read_titles(feed: Element) -> list[str]:
    return [text_of(entry, "title") for entry in read_entries(feed)]


def list_feed_faults(feed: Element) -> list[str]:
    """Where a feed is none as RFC 4287 (§4.1) describes it; nothing when all is well."""
    faults = [] if feed.tag == f"{ATOM}feed" else [f"root {feed.tag}"]
    ids = [text_of(entry, "id") for entry in read_entries(feed)]
    if len(set(ids)) < len(ids):
        faults.append("two entries of one id")
    if find_link(feed, "self") is None:
        faults.append("no address of its own")
    for element in (feed, *read_entries(feed)):
        faults += _list_faults(element)
    return faults


def read_places(sitemap: Element) -> dict[str, dict[str, str]]:
    """Address → language → address of the same page in it."""
    return {
        url.findtext(f"{SITEMAP}loc") or "": {
            link.get("hreflang", ""): link.get("href", "") for link in url.findall(f"{XHTML}link")
        }
        for url in sitemap.findall(f"{SITEMAP}url")
    }


def read_index(index: Element) -> list[str]:
    """Paths of the sitemaps that an index names."""
    return [urlsplit(place.text or "").path for place in index.iter(f"{SITEMAP}loc")]


def _list_faults(element: Element) -> Iterator[str]:
    kind = element.tag.removeprefix(ATOM)
    names = [child.tag.removeprefix(ATOM) for child in element]
    yield from (f"{kind}: {name} {names.count(name)} times" for name in ONCE[kind] if names.count(name) != 1)
    yield from (f"{kind}: {name}" for name in names if name not in KNOWN)
    if not urlsplit(text_of(element, "id")).scheme:
        yield f"{kind}: id {text_of(element, 'id')}"
    if not (element.findtext(f"{ATOM}author/{ATOM}name") or "").strip():
        yield f"{kind}: nobody is the author"
    if find_link(element, "alternate") is None:
        yield f"{kind}: no page"
    for moment in ("updated", "published"):
        if moment in names and not _MOMENT.fullmatch(text_of(element, moment)):
            yield f"{kind}: {moment} {text_of(element, moment)}"
    for link in element.findall(f"{ATOM}link"):
        if not (link.get("href") or "").startswith(("http://", "https://")):
            yield f"{kind}: link {link.attrib}"
    for category in element.findall(f"{ATOM}category"):
        if not (category.get("term") and category.get("label")):
            yield f"{kind}: category {category.attrib}"
