"""Names that files ask for in a form of their own: acronyms, slugs, codes, guids. What does not fit is made to fit, and
always in the same way, so that it stays as it is when it is read and written again.
"""

import re
from typing import Final
from uuid import UUID, uuid5

from market.kernel.text import hash_texts, slugify
from market.programme.formats.neutral import FileProgramme, FileSession

CODE: Final = re.compile("[0-9A-Z]{6}")

_NAMESPACE: Final = UUID("0b9d7a1e-53a6-5a44-9c1b-6f5f0d0f9a52")
"""Of guids that we derive. It never changes: sessions that came from a file without guids would be others."""

_UNFIT: Final = re.compile("[^a-z0-9_]+")
_SLUG: Final = re.compile("[a-z0-9_]{4,}-[a-z0-9_-]{3,}[a-z0-9]")
"""What both schemas take."""

_PLAIN: Final = re.compile("[a-z0-9_]{4,}")
_SHORTEST: Final = 4
_LONGEST_WORDS: Final = 100


def derive_guid(*parts: str) -> UUID:
    return uuid5(_NAMESPACE, "\x1f".join(parts).encode("utf-8", "replace").decode())


def make_key(programme: FileProgramme) -> str:
    """What a programme is known by: the acronym in the form that comes back the same from every format."""
    return fit_acronym(programme, _PLAIN)


def fit_acronym(programme: FileProgramme, pattern: re.Pattern[str]) -> str:
    """Small letters, figures and low lines, four of them or more: the part that all schemas take."""
    acronym = programme.acronym or programme.title
    if pattern.fullmatch(acronym):
        return acronym
    plain = slugify(acronym, fallback=f"p{hash_texts(acronym)[:8]}").replace("-", "_")
    return plain.ljust(_SHORTEST, "_")


class Codes:
    """Codes of the sessions of one file: a session that is held twice may have the same one twice, a file may not."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, code: str) -> bool:
        """Whether it may be written."""
        fits = CODE.fullmatch(code) is not None and code not in self._taken
        self._taken.add(code)
        return fits


class Slugs:
    """Slugs of the sessions of one file: each is there once."""

    def __init__(self, programme: FileProgramme) -> None:
        self._prefix = make_key(programme)
        self._taken: set[str] = set()

    def fit(self, session: FileSession, pattern: re.Pattern[str]) -> str:
        slug = session.slug if pattern.fullmatch(session.slug) else self._make(session)
        if slug in self._taken:
            slug = f"{slug[:_LONGEST_WORDS]}-{session.guid.hex}"
        self._taken.add(slug)
        return slug

    def _make(self, session: FileSession) -> str:
        plain = _UNFIT.sub("-", session.slug.lower())[:_LONGEST_WORDS].strip("-_")
        if _SLUG.fullmatch(plain):
            return plain
        words = plain or slugify(session.title, fallback="session")
        return f"{self._prefix}-{session.number:04}-{words}"
