"""Addresses that come from outside, and what the application answers at them."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.routing import compile_path

from locales import LANGUAGES, resolve_language
from market.kernel.errors import NotFound

LONGEST = 2_000
_UNSAFE = re.compile(r"[\x00-\x20\\\x7f]")
"""Blanks, control characters and backslashes: browsers take some of them for a slash or drop them."""

_LANGUAGE_TAG = re.compile(r"zh[-_]han[st](?:[-_][a-z]{2})?|[a-z]{2,3}(?:[-_](?:[a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
"""A language as people and other sites write it, perhaps with a region: `zh`, `EN`, `pt_BR`, `zh-hans`."""

_IN_A_LANGUAGE = "/{language}/"


def safe_next(address: str, *, fallback: str) -> str:
    """Where to go after sign-in: a path of ours, never another site, however it is spelt."""
    if not address.startswith("/") or address.startswith("//") or _UNSAFE.search(address) or len(address) > LONGEST:
        return fallback
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path.split("/", 2)[1] not in LANGUAGES:
        return fallback
    return address


def known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound
    return code


def first_part(path: str) -> str:
    """Where the language stands. A path need not begin with a slash: `OPTIONS *` asks about the whole server."""
    return path.removeprefix("/").partition("/")[0]


def find_meant_language(code: str) -> str | None:
    """Our code for a language as others write it, `zh` or `EN-us`; None for anything else."""
    return resolve_language(code.replace("_", "-")) if _LANGUAGE_TAG.fullmatch(code) else None


def own_address(request: Request) -> tuple[str, str]:
    """Path and query as a link of ours would carry them, whatever bytes were sent."""
    return quote(request.scope["path"]), quote(request.scope["query_string"], safe="%/:=&?~#+!$,;'@()*[]")


class AddressBook:
    """Everything that is answered, for an address that did not find its way."""

    def __init__(self, methods: Mapping[str, Iterable[str]]) -> None:
        """`methods`: path with its parts in braces → what may be asked of it."""
        self._routes = [
            (compile_path(path)[0], path.startswith(_IN_A_LANGUAGE), frozenset(methods[path])) for path in methods
        ]

    def list_methods(self, path: str) -> list[str]:
        """What may be asked of an address; nothing where there is nothing."""
        known = first_part(path) in LANGUAGES
        found = {
            method
            for pattern, in_a_language, methods in self._routes
            if (known or not in_a_language) and pattern.fullmatch(path)
            for method in methods
        }
        if "GET" in found:
            found.add("HEAD")
        return sorted(found | {"OPTIONS"}) if found else []

    def has_page(self, path: str) -> bool:
        return "GET" in self.list_methods(path)

    def find_proper(self, path: str) -> str | None:
        """The address as we write it, where another spelling of it was asked for: a slash too many or too few, a
        language in capitals or by another of its names. None where it is right, and where nothing is there either.
        """
        parts = [part for part in path.split("/") if part]
        if parts and (code := find_meant_language(parts[0])):
            parts[0] = code
        proper = "/" + "/".join(parts)
        if len(parts) == 1 and parts[0] in LANGUAGES:
            proper += "/"
        return proper if proper != path and self.has_page(proper) else None
