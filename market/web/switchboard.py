"""The way to a page by one look-up: asking the pattern of every route costs a tenth of what a page does."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from locales import LANGUAGES

_FOUND = "market.route"


class Switchboard(BaseRoute):
    """Routes of pages, `/{language}/word/…`, sorted by the word. Only for addresses in a language of ours: whatever is
    wrong with one is found out where the routes stand once more, each for itself.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes: dict[str, list[BaseRoute]] = defaultdict(list)
        for route in routes:
            _, word = _read_first_parts(getattr(route, "path", ""))
            self._routes[word].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        language, word = _read_first_parts(scope["path"])
        if language in LANGUAGES:
            for route in self._routes.get(word, ()):
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return match, {**child, _FOUND: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: BaseRoute = scope[_FOUND]
        await route.handle(scope, receive, send)


def _read_first_parts(path: str) -> tuple[str, str]:
    language, _, rest = path.removeprefix("/").partition("/")
    return language, rest.partition("/")[0]
