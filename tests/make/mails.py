"""Mails as the development page shows them, newest first."""

from dataclasses import dataclass

from tests.make.reading import read_html
from tests.make.visitor import Visitor


@dataclass(frozen=True, slots=True)
class ShownMail:
    """`links` are without the site's own address, as a browser of the tests takes them."""

    language: str
    recipient: str
    subject: str
    body: str
    links: list[str]


def read_mails(visitor: Visitor) -> list[ShownMail]:
    site = visitor.settings.base_url
    mails = []
    for shown in read_html(visitor.get("/dev/mail")).find_all("article", css="mail"):
        body = shown.find("pre")
        mails.append(
            ShownMail(
                language=shown.attributes["lang"],
                recipient=shown.find("p", css="meta").text.split(" · ")[0],
                subject=shown.find("h2").text,
                body=body.raw_text,
                links=[link.attributes["href"].removeprefix(site) for link in body.find_all("a")],
            )
        )
    return mails
