"""A page as its reader has it: elements with their texts, forms with what they would send."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from httpx2 import Response

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})

Values = dict[str, list[str]]


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, blanks as a reader sees them."""
        return " ".join("".join(self._pieces()).split())

    @property
    def raw_text(self) -> str:
        return "".join(self._pieces())

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find_all(self, tag: str, *, css: str | None = None, **attributes: str) -> list["Element"]:
        return [
            element
            for element in self.walk()
            if element.tag == tag
            and (css is None or css in element.classes)
            and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]

    def find(self, tag: str, *, css: str | None = None, **attributes: str) -> "Element":
        """The only one; none or several is a mistake."""
        found = self.find_all(tag, css=css, **attributes)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} elements <{tag}> {css or ''} {attributes or ''}")
        return found[0]

    def texts(self, tag: str, *, css: str | None = None) -> list[str]:
        return [element.text for element in self.find_all(tag, css=css)]

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag == "br":
                yield "\n"
            else:
                yield from child._pieces()


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form as it stands on the page; `values` is what a browser would send, without a button."""

    address: str
    values: Values

    def filled(self, changes: Mapping[str, str | list[str]]) -> Values:
        """As the form's fields with these filled in; a list ticks boxes."""
        filled = {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
        return {**self.values, **filled}


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read_html(html: str | Response) -> Element:
    builder = _Builder()
    builder.feed(html if isinstance(html, str) else html.text)
    builder.close()
    return builder.root


def read_form(page: Element | Response, address_end: str) -> ShownForm:
    """The form whose address ends so."""
    whole = read_html(page) if isinstance(page, Response) else page
    forms = [form for form in whole.find_all("form") if form.attributes.get("action", "").endswith(address_end)]
    if len(forms) != 1:
        raise AssertionError(f"{len(forms)} forms for {address_end}")
    return ShownForm(forms[0].attributes["action"], _read_values(forms[0]))


def read_faults(page: Response) -> dict[str, str]:
    """What is said beside the fields: name of the field → sentence."""
    return {
        element.attributes["id"].removesuffix("-fault"): element.text
        for element in read_html(page).find_all("p", css="fault")
    }


def read_titles(page: Response) -> list[str]:
    """Of the listings on a page, in their order."""
    cards = read_html(page).find_all("article", css="listing")
    return [heading.text for card in cards for level in ("h2", "h3") for heading in card.find_all(level)]


def _read_values(form: Element) -> Values:
    values: Values = {}
    for element in form.walk():
        name = element.attributes.get("name")
        if not name:
            continue
        if element.tag == "textarea":
            values.setdefault(name, []).append(element.raw_text.removeprefix("\n"))
        elif element.tag == "select":
            values.setdefault(name, []).append(_chosen(element))
        elif element.tag == "input" and _is_sent(element):
            values.setdefault(name, []).append(element.attributes.get("value", ""))
    return values


def _is_sent(element: Element) -> bool:
    return element.attributes.get("type") not in ("checkbox", "radio") or "checked" in element.attributes


def _chosen(select: Element) -> str:
    options = select.find_all("option")
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return chosen[0].attributes.get("value", chosen[0].text) if chosen else ""


def is_linked_data(script: Element) -> bool:
    """What a browser does not run; text that ended it would stand there as tags of its own."""
    return script.attributes == {"type": "application/ld+json"} and isinstance(json.loads(script.raw_text), dict)


def read_rows(page: Response) -> list[list[str]]:
    """What stands in the rows of the only table."""
    rows = read_html(page).find("table").find_all("tr")[1:]
    return [[cell.text for tag in ("th", "td") for cell in row.find_all(tag)] for row in rows]
