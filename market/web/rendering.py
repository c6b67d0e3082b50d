"""Templates, addresses and the reader's language, put together once at start."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel.support import Translations
from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from locales import LANGUAGES, Language
from locales.catalogues import load_translations
from market.kernel.errors import Fault
from market.web.folding import FoldingEnvironment
from market.web.formatting import Formatter
from market.web.notices import NOTICES

MARKET = Path(__file__).parent.parent
STATIC = Path(__file__).parent / "static"
_PLACEHOLDER = re.compile(r"{(\w+)(?::\w+)?}")


class Reader:
    """One language as a template uses it: its messages and its ways of writing dates, numbers, names."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.code = language.code
        self.format = Formatter(language)

    @cached_property
    def _translations(self) -> Translations:
        return load_translations(self.code)

    def gettext(self, message: str) -> str:
        return self._translations.ugettext(message) if message else ""

    def say(self, fault: Fault) -> str:
        """A fault's sentence; a language among its values is named in the reader's own."""
        values = dict(fault.values)
        if "language" in values:
            values["language"] = self.format.language(str(values["language"]))
        return self.gettext(fault.message) % values

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self._translations.ungettext(singular, plural, number)

    def pgettext(self, context: str, message: str) -> str:
        return str(self._translations.upgettext(context, message))

    def npgettext(self, context: str, singular: str, plural: str, number: int) -> str:
        return str(self._translations.unpgettext(context, singular, plural, number))


class Renderer:
    """Renders templates of all rooms; knows every named address."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """`addresses`: route name → path with its parts in braces. Starlette's own look-up walks all routes for every
        link."""
        self._readers = {code: Reader(language) for code, language in LANGUAGES.items()}
        self._addresses = {name: _cut_address(path) for name, path in addresses.items()}
        self._environments = {code: self._make_environment(reader) for code, reader in self._readers.items()}

    def reader(self, code: str) -> Reader:
        return self._readers[code]

    def address(self, name: str, query: Mapping[str, str] | None = None, /, **parts: str) -> str:
        pattern, names = self._addresses[name]
        path = pattern.format(*[_quote(str(parts[one])) for one in names]) if names else pattern
        return f"{path}?{urlencode(query, doseq=True)}" if query else path

    def render(self, template: str, reader: Reader, **values: Any) -> str:
        return self._environments[reader.code].get_template(template).render(values)

    def _make_environment(self, reader: Reader) -> FoldingEnvironment:
        """One per language: its messages and addresses are then part of the compiled templates."""

        def url(name: str, query: Mapping[str, str] | None = None, /, **parts: str) -> str:
            parts.setdefault("language", reader.code)
            return self.address(name, query, **parts)

        folders = [MARKET / "web" / "templates", *sorted(MARKET.glob("*/templates"))]
        environment = FoldingEnvironment(
            known={"gettext": reader.gettext, "url": url, "asset": asset_address},
            fixed={"reader": {"code": reader.code}},
            loader=FileSystemLoader(folders),
            autoescape=select_autoescape(disabled_extensions=("txt",), default=True),  # mails are plain text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
        )
        install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined] # the extension adds it
        install(reader.gettext, reader.ngettext, newstyle=True, pgettext=reader.pgettext, npgettext=reader.npgettext)
        environment.globals.update(
            reader=reader,
            url=url,
            fmt=reader.format,
            languages=LANGUAGES,
            own_names={code: language.own_name for code, language in LANGUAGES.items()},
            notices=NOTICES,
            asset=asset_address,
            htmx=HTMX_ADDRESS,
        )
        environment.globals.update(
            translated=lambda table: [(str(code), reader.gettext(label)) for code, label in table.items()],
            named_countries=reader.format.name_countries,
            plain=lambda codes: [(code, code) for code in codes],
        )
        environment.filters.update(
            t=reader.gettext,
            say=reader.say,
            paragraphs=split_paragraphs,
            marked=mark_up,
            pieces=join_pieces,
        )
        return environment


def _cut_address(path: str) -> tuple[str, list[str]]:
    """A path with `{}` for its parts, and their names: pages have dozens of links."""
    return _PLACEHOLDER.sub("{}", path), _PLACEHOLDER.findall(path)


@lru_cache(maxsize=4_096)
def _quote(part: str) -> str:
    return quote(part, safe="")


def join_pieces(segments: Sequence[tuple[str, bool]]) -> Markup:
    """A text in pieces, what was found in it marked."""
    parts = [f"<mark>{escape(piece)}</mark>" if found else escape(piece) for piece, found in segments]
    return Markup("".join(parts))  # noqa: S704 - escaped piece by piece


def split_paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


_MARKED = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


def mark_up(text: str) -> Markup:
    """A text of ours with `code` and **strong** in it, everything else escaped."""
    parts, end = [], 0
    for match in _MARKED.finditer(text):
        parts.append(escape(text[end : match.start()]))
        code, strong = match.groups()
        parts.append(Markup("<code>{}</code>").format(code) if code else Markup("<strong>{}</strong>").format(strong))
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _fingerprint(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()


def asset_address(name: str) -> str:
    """With the content's fingerprint, so that browsers may keep it for ever."""
    return _address_of(f"/static/{name}")


def _address_of(path: str) -> str:
    return f"{path}?v={FINGERPRINTS[path]}"


HTMX_FOLDER = Path(str(files("js_lib_htmx").joinpath("static")))
_htmx = next(HTMX_FOLDER.rglob("htmx.min.js"))
_htmx_path = f"/static/htmx/{_htmx.relative_to(HTMX_FOLDER).as_posix()}"

FINGERPRINTS: Mapping[str, str] = {
    _htmx_path: _fingerprint(_htmx),
    **{f"/static/{file.name}": _fingerprint(file) for file in STATIC.iterdir()},
}
"""Path of a file → fingerprint of its content when this process started."""

HTMX_ADDRESS = _address_of(_htmx_path)
