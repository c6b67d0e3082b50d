"""Sitemaps (sitemaps.org): every public page once, for search engines.

A listing stands in the file of the month in which it was published, so the files of past months hardly change, and
each is one query along an index. Its address is the one in its author's language; those of its translations stand
beside it. Other languages would show the same words again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from locales import DEFAULT_LANGUAGE, LANGUAGES
from market.discovery.queries import (
    SITEMAP_SIZE,
    MonthCount,
    SitemapEvent,
    SitemapListing,
    SitemapOrganization,
    SitemapSession,
)
from market.kernel.errors import NotFound
from market.web.resources import Resources
from market.web.xml_writing import add, make_root, write, write_moment

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"

PAGES: Sequence[tuple[str, Mapping[str, str]]] = (
    ("discovery.home", {}),
    ("discovery.about", {}),
    ("listings.index", {}),
    ("listings.index", {"kind": "offer"}),
    ("listings.index", {"kind": "demand"}),
    ("organizations.index", {}),
    ("events.index", {}),
)
"""Pages of our own words, in all languages: route and query."""

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])(?:-([1-9]\d{0,3}))?")
_PART = re.compile(r"[1-9]\d{0,5}")


@dataclass(frozen=True, slots=True)
class Place:
    """A page and the same in other languages, itself included; none where it is in one alone."""

    address: str
    changed_at: datetime | None = None
    alternates: Mapping[str, str] = field(default_factory=dict)


def read_month(name: str) -> tuple[datetime, int]:
    """(first moment of the month, part) of `2026-11` or `2026-11-2`."""
    found = _MONTH.fullmatch(name)
    if found is None:
        raise NotFound
    year, month, part = found.groups()
    return datetime(int(year), int(month), 1, tzinfo=UTC), int(part or 1)


def read_part(name: str) -> int:
    if _PART.fullmatch(name) is None:
        raise NotFound
    return int(name)


def write_index(
    resources: Resources, *, months: Sequence[MonthCount], organizations: int, events: int, sessions: int
) -> bytes:
    root = make_root("sitemapindex", {"xmlns": NAMESPACE})
    names = ["pages"]
    for kind, rows in (("organizations", organizations), ("events", events), ("sessions", sessions)):
        names += [f"{kind}-{part}" for part in _number_parts(rows)]
    for month in months:
        name = f"listings-{month.first_day:%Y-%m}"
        names += [name if part == 1 else f"{name}-{part}" for part in _number_parts(month.listings)]
    for name in names:
        add(add(root, "sitemap"), "loc", f"{_site(resources)}/sitemaps/{name}.xml")
    return write(root)


def write_pages(resources: Resources) -> bytes:
    return _write_places(place for name, query in PAGES for place in _list_languages(resources, name, query))


def write_listings(resources: Resources, rows: Iterable[SitemapListing]) -> bytes:
    def address(row: SitemapListing, language: str) -> str:
        return _address(resources, "listings.show", language=language, reference=row.reference)

    return _write_places(
        Place(
            address(row, row.language),
            row.changed_at,
            {code: address(row, code) for code in row.languages} if len(row.languages) > 1 else {},
        )
        for row in rows
    )


def write_organizations(resources: Resources, rows: Iterable[SitemapOrganization]) -> bytes:
    """In the language of each; the page itself names the others, twelve of which would make the file ten times as
    long."""
    return _write_places(
        Place(_address(resources, "organizations.show", language=row.language, slug=row.slug)) for row in rows
    )


def write_events(resources: Resources, rows: Iterable[SitemapEvent]) -> bytes:
    """Each event, and the programme that it has released."""
    return _write_places(place for row in rows for place in _list_pages(resources, row))


def _list_pages(resources: Resources, row: SitemapEvent) -> Iterator[Place]:
    yield Place(_address(resources, "events.show", language=row.language, slug=row.slug), row.changed_at)
    if row.programme_changed_at:
        address = _address(resources, "programme.show", language=row.language, slug=row.slug)
        yield Place(address, row.programme_changed_at)


def write_sessions(resources: Resources, rows: Iterable[SitemapSession]) -> bytes:
    return _write_places(
        Place(
            _address(resources, "programme.session", language=_of_ours(row.language), slug=row.slug, session=row.code),
            row.changed_at,
        )
        for row in rows
    )


def _of_ours(language: str) -> str:
    """Sessions may be in languages that our pages are not."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _list_languages(resources: Resources, name: str, query: Mapping[str, str]) -> list[Place]:
    addresses = {code: _address(resources, name, query, language=code) for code in LANGUAGES}
    return [Place(address, alternates=addresses) for address in addresses.values()]


def _write_places(places: Iterable[Place]) -> bytes:
    root = make_root("urlset", {"xmlns": NAMESPACE, "xmlns:xhtml": XHTML})
    for place in places:
        _add_place(root, place)
    return write(root)


def _add_place(root: Element, place: Place) -> None:
    element = add(root, "url")
    add(element, "loc", place.address)
    if place.changed_at:
        add(element, "lastmod", write_moment(place.changed_at))
    for code, address in place.alternates.items():
        add(element, "xhtml:link", attributes={"rel": "alternate", "hreflang": code, "href": address})


def _number_parts(rows: int) -> range:
    return range(1, (rows + SITEMAP_SIZE - 1) // SITEMAP_SIZE + 1)


def _address(resources: Resources, name: str, query: Mapping[str, str] | None = None, /, **parts: str) -> str:
    return _site(resources) + resources.renderer.address(name, query, **parts)


def _site(resources: Resources) -> str:
    return resources.settings.base_url.rstrip("/")
