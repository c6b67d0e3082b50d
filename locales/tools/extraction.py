"""Every marked message of the market's code, pages and mails, exactly as it is looked up when a page is shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract

KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
}
COMMENT_TAG: Final = "Translators:"

JINJA_OPTIONS: Final = {
    "extensions": "jinja2.ext.i18n",
    # White space and per cent signs are part of a msgid: these must be as in market/web/rendering.py, which also
    # leaves blocks untrimmed unless they say `{% trans trimmed %}`.
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",  # a template that cannot be parsed would lose its messages without a word
}

MARKED: Final = re.compile(rb"\b(?:_|N_|n?p?gettext)\(")
"""Most Python files mark nothing; reading them into tokens would take most of the time."""


@dataclass(frozen=True, slots=True)
class Found:
    line: int
    id: str | tuple[str, ...]
    context: str | None
    comments: tuple[str, ...]


def extract_messages(root: Path) -> Catalog:
    """The messages of `root/market` as a template, ordered by file and place in it.

    A file that cannot be parsed raises the parser's error, with the file's name as a note.
    """
    template = Catalog()
    for path in list_sources(root):
        place = path.relative_to(root).as_posix()
        try:
            messages = sorted(_read_source(path), key=lambda found: found.line)
        except Exception as problem:
            problem.add_note(f"while reading {place}")
            raise
        for found in messages:
            if found.id:
                template.add(
                    found.id,
                    locations=[(place, found.line)],
                    auto_comments=found.comments,
                    context=found.context,
                )
    return template


def list_sources(root: Path) -> list[Path]:
    """Code of all rooms; pages and mails from their `templates` folders."""
    market = root / "market"
    templates = (
        path
        for kind in ("html", "txt")
        for path in market.rglob(f"*.{kind}")
        if "templates" in path.relative_to(market).parts
    )
    return sorted([*market.rglob("*.py"), *templates])


def _read_source(path: Path) -> Iterator[Found]:
    is_python = path.suffix == ".py"
    if is_python and not MARKED.search(path.read_bytes()):
        return
    with path.open("rb") as source:
        for line, id_, comments, context in extract(
            "python" if is_python else "jinja2.ext:babel_extract",
            source,
            KEYWORDS,
            [COMMENT_TAG],
            options={} if is_python else JINJA_OPTIONS,
            strip_comment_tags=True,
        ):
            yield Found(line, id_, context, tuple(comment for comment in comments if comment))
