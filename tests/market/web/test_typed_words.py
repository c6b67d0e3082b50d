"""What somebody typed is on the error page that a sent form may lead to."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.make.accounts import make_user
from tests.make.listings import make_fields
from tests.make.reading import read_html
from tests.make.visitor import Visitor

SUMMARY = "Dries two tonnes of cassava chips a day <b>without</b> coal."


def test_words_of_a_form_whose_token_is_wrong_are_kept_and_short_ones_and_identifiers_are_not(
    db: Session, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(make_user(db))
    fields = make_fields(
        title="Kiln", summary=SUMMARY, organization="a-slug-of-more-than-thirty-letters", advantages=""
    )

    answer = browser.post("/en/listings/new", fields | {"description": "ก" * 40}, token="wrong")

    assert answer.status_code == 403
    assert [area.text for area in read_html(answer).find_all("textarea")] == [SUMMARY, "ก" * 40]


def test_a_password_is_never_shown(visitor: Visitor) -> None:
    secret = "correct horse battery staple for ever"
    fields = {"email": "lan@example.org", "password": secret}

    answer = visitor.post("/en/sign-in", fields, token="wrong")

    assert (answer.status_code, secret in answer.text) == (403, False)
