"""The list of what is published, as a browser of the tests goes through it."""

from tests.make.reading import Element, read_html
from tests.make.visitor import Visitor


def browse(visitor: Visitor, address: str) -> Element:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return read_html(answer)


def titles_of(page: Element) -> list[str]:
    return [card.find("h2").text for card in page.find_all("article", css="listing")]


def read_next(page: Element) -> str | None:
    links = page.find_all("a", rel="next")
    return "/en/listings" + links[0].attributes["href"] if links else None


def read_facets(page: Element) -> dict[str, dict[str, int]]:
    """Title of the facet → label → count."""
    return {
        section.find("h2").text: {
            link.find_all("span")[1].text: int(link.find("span", css="count").text) for link in section.find_all("a")
        }
        for section in page.find_all("section", css="facet")
    }
