"""Mails as templates: the first line is the subject, the rest after a blank line the body."""

from functools import partial
from typing import Any

from market.web.rendering import Renderer


class TemplateLetters:
    """Composes in the recipient's language, which is not always that of the page that causes the mail.

    Addresses come from the settings, never from a Host header, which anybody can set.
    """

    def __init__(self, renderer: Renderer, *, base_url: str) -> None:
        self._renderer = renderer
        self._base_url = base_url.rstrip("/")

    def compose(self, template: str, *, language: str, **values: Any) -> tuple[str, str]:
        link = partial(self.link, language=language)
        text = self._renderer.render(template, self._renderer.reader(language), link=link, **values)
        subject, _, body = text.strip().partition("\n\n")
        return subject.strip(), body.strip() + "\n"

    def link(self, name: str, *, language: str, **parts: str) -> str:
        return self._base_url + self._renderer.address(name, language=language, **parts)
