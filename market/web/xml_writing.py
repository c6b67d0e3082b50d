"""XML that other programs read: feeds and sitemaps.

The standard library puts the elements together and escapes what stands in them; nothing is glued from strings. What
XML has no sign for is left out here, in one place, so that no text can break a document.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement, tostring

from market.kernel.text import printable

NOTHING: Mapping[str, str] = MappingProxyType({})


def make_root(tag: str, attributes: Mapping[str, str]) -> Element:
    """Name spaces are written as attributes, as a reader sees them."""
    return Element(tag, {name: printable(value) for name, value in attributes.items()})


def add(parent: Element, tag: str, text: str = "", attributes: Mapping[str, str] = NOTHING) -> Element:
    element = SubElement(parent, tag, {name: printable(value) for name, value in attributes.items()})
    element.text = printable(text) or None
    return element


def write(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def write_moment(moment: datetime) -> str:
    """RFC 3339, in UTC: `2026-11-24T08:30:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
