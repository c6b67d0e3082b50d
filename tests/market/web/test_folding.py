"""What is the same on all pages of a language is worked out once, and nothing that is not."""

from collections.abc import Callable

import pytest
from jinja2 import DictLoader, StrictUndefined

from market.web.folding import FoldingEnvironment

Make = Callable[[str], "Rendered"]
SAID = {"Sign in": "Đăng <nhập>", "100 %% sure": "100 %% chắc", "Hello %(name)s": "Chào %(name)s"}


class Rendered:
    def __init__(self, source: str, asked: list[str]) -> None:
        def gettext(message: str) -> str:
            asked.append(message)
            return SAID[message]

        def url(name: str, query: dict[str, str] | None = None, /, **parts: str) -> str:
            asked.append(name)
            return f"/{name}/{'&'.join(f'{key}={value}' for key, value in {**(query or {}), **parts}.items())}"

        environment = FoldingEnvironment(
            known={"gettext": gettext, "url": url},
            fixed={"reader": {"code": "vi"}},
            loader=DictLoader({"page.html": source, "mail.txt": source}),
            autoescape=lambda name: name != "mail.txt",
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_callables(gettext, gettext, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
        environment.globals["url"] = url
        self._environment = environment

    def html(self, **values: object) -> str:
        return self._environment.get_template("page.html").render(values)

    def text(self, **values: object) -> str:
        return self._environment.get_template("mail.txt").render(values)


@pytest.fixture
def asked() -> list[str]:
    """What the functions were asked, in order."""
    return []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{% trans %}Sign in{% endtrans %}", "Đăng <nhập>"),
        ("{{ gettext('Sign in') }}!", "Đăng <nhập>!"),
        ("{% trans %}100 % sure{% endtrans %}", "100 % chắc"),
        ("""<a href="{{ url('a', {'q': 'x', 'r': 'y'}) }}">""", '<a href="/a/q=x&amp;r=y">'),
        ("{{ url('a', language='th') }}", "/a/language=th"),
        ("{% if 'vi' == reader.code %}yes{% endif %} {{ reader.code }}", "yes vi"),
        ("{% macro m() %}{{ url('a') }}{% trans %}Sign in{% endtrans %}{% endmacro %}{{ m() }}", "/a/Đăng <nhập>"),
    ],
)
def test_constants_are_worked_out_once(asked: list[str], source: str, shown: str) -> None:
    page = Rendered(source, asked)

    assert page.html() == shown
    once = list(asked)
    assert (page.html(), page.html(), asked) == (shown, shown, once)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ url(name) }}", ["/a/", "/b/"]),
        ("{{ url('x', part=name) }}", ["/x/part=a", "/x/part=b"]),
        ("{% trans name=name %}Hello {{ name }}{% endtrans %}", ["Chào a", "Chào b"]),
        ("{{ reader.name }}", ["a", "b"]),
        ("{% for url in [name] %}{{ url }}{% else %}none{% endfor %}", ["a", "b"]),
    ],
)
def test_what_differs_from_page_to_page_is_asked_each_time(asked: list[str], source: str, shown: list[str]) -> None:
    page = Rendered(source, asked)

    assert [page.html(name=name, reader={"name": name}) for name in ("a", "b")] == shown


def test_mails_are_plain_text(asked: list[str]) -> None:
    page = Rendered("{% trans %}Sign in{% endtrans %} {{ url('a', {'q': 'x', 'r': 'y'}) }}", asked)

    assert page.text() == "Đăng <nhập> /a/q=x&r=y"
