"""People at their browsers: each with cookies and an address of their own, sending the forms that pages show them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Self
from uuid import uuid4

import httpx2
from httpx2 import Client, Response

from market.accounts.models import User
from market.accounts.service import start_sign_in
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.web.tokens import SESSION_COOKIE
from tests.make.accounts import PASSWORD, make_user
from tests.make.listings import make_fields
from tests.make.organizations import make_organization
from tests.make.reading import read_form, read_html

PATIENCE_SECONDS = 30
_numbers = count(1)


class Browser:
    """Answers are not followed: a 303 is what says that something is done."""

    def __init__(self, address: str, *, session: str = "", language: str = "en") -> None:
        number = next(_numbers)
        self.language = language
        self.client = Client(
            base_url=address,
            headers={"x-forwarded-for": f"10.{number // 62_500 % 250}.{number // 250 % 250}.{number % 250 + 1}"},
            cookies={SESSION_COOKIE: session} if session else {},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.client.close()

    def go_to(self, address: str) -> None:
        """The same person at another server."""
        self.client.base_url = httpx2.URL(address)

    def get(self, path: str) -> Response:
        return self.client.get(f"/{self.language}{path}")

    def open_form(self, path: str, form_end: str) -> "OpenForm":
        page = self.get(path)
        assert page.status_code == 200, (path, page.status_code)
        form = read_form(page, form_end)
        return OpenForm(self, form.address, dict(form.values))

    def register(self, email: str) -> Response:
        return self.open_form("/register", "/register").send({"email": email, "name": "Lan", "password": PASSWORD})

    def publish(self, title: str, *, form_id: str = "") -> Response:
        form = self.open_form("/listings/new", "/listings/new")
        fields = {**make_fields(), "title": title, "form_id": form_id or str(uuid4())}
        return form.send(fields, button="publish")

    def retitle(self, reference: str, title: str) -> Response:
        return self.open_form(f"/listings/{reference}/edit", "/edit").send({"title": title})

    def withdraw(self, reference: str) -> Response:
        return self.open_form(f"/listings/{reference}", "/withdraw").send({})


@dataclass
class OpenForm:
    """A form as somebody has it before them: what they send may come much later."""

    browser: Browser
    address: str
    values: dict[str, list[str]]

    def send(self, changes: dict[str, str | list[str]], *, button: str = "") -> Response:
        filled = {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
        pressed = {"_action": [button]} if button else {}
        return self.browser.client.post(self.address, data={**self.values, **filled, **pressed})


def read_reference(answer: Response) -> str:
    """Of the listing that an answer leads to."""
    return answer.headers["location"].split("/listings/")[1].split("/")[0].split("?")[0]


def read_sentence(answer: Response) -> tuple[str, str]:
    """Language and heading of an error page."""
    page = read_html(answer)
    return page.find("html").attributes["lang"], page.find("h1").text


@contextmanager
def author_at(address: str, database: Database, *, language: str = "en", name: str = "") -> Iterator[Browser]:
    """Somebody signed in who acts for an organization."""
    with database.writing() as session:
        user = make_user(session, language=language)
        make_organization(session, by=user, name=name or f"Works of {user.email}")
        token = sign_in(database, user)
    with Browser(address, session=token, language=language) as browser:
        yield browser


def sign_in(database: Database, user: User) -> str:
    """The token for the cookie."""
    with database.transaction() as session:
        return start_sign_in(session, user, browser="tests", now=utc_now())
