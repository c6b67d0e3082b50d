from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from locales import LANGUAGES
from market.accounts import rules
from market.accounts.enums import TokenLifetime
from market.kernel.errors import N_
from market.kernel.text import clean_line
from market.kernel.viewer import OFFERED_SCOPES, Scope
from market.web.forms import MESSAGES, FieldProblem, Form, check_offered, check_readable

NOT_AN_ADDRESS = N_("Please write a mail address like name@example.org.")
GUESSABLE = N_("This password is easy to guess. Please choose another one, for example four words.")

Password = Annotated[str, Field(min_length=rules.MIN_PASSWORD, max_length=rules.MAX_PASSWORD)]


class _AddressForm(Form):
    email: str

    @field_validator("email")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not rules.is_address(rules.fold_email(value)):
            raise FieldProblem(NOT_AN_ADDRESS)
        return rules.fold_email(value)


class _ExactForm(Form):
    """Passwords are taken byte by byte: nothing is stripped."""

    model_config = ConfigDict(str_strip_whitespace=False)


class SignInForm(_ExactForm):
    email: Annotated[str, Field(max_length=300)]
    password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]
    next: str = ""


class RegisterForm(_AddressForm, _ExactForm):
    name: Annotated[str, Field(max_length=100)]
    password: Password

    @field_validator("name", mode="before")
    @classmethod
    def _clean_name(cls, value: object) -> object:
        return clean_line(value) if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _readable_name(cls, value: str) -> str:
        return check_readable(value)

    @field_validator("password")
    @classmethod
    def _not_guessable(cls, value: str, others: ValidationInfo) -> str:
        return _check_password(value, email=others.data.get("email", ""), name=others.data.get("name", ""))


class ConfirmForm(_ExactForm):
    password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]


class ForgotForm(_AddressForm):
    pass


class ResetForm(_ExactForm):
    password: Password

    @field_validator("password")
    @classmethod
    def _not_guessable(cls, value: str) -> str:
        return _check_password(value)


class PasswordForm(_ExactForm):
    old_password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]
    new_password: Password

    @field_validator("new_password")
    @classmethod
    def _not_guessable(cls, value: str) -> str:
        return _check_password(value)


class TokenForm(Form):
    """`form_id` is made with the form: sending the same form twice makes one token."""

    form_id: UUID
    name: Annotated[str, Field(max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    lifetime: TokenLifetime

    @field_validator("name", mode="before")
    @classmethod
    def _clean_name(cls, value: object) -> object:
        return clean_line(value) if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _readable_name(cls, value: str) -> str:
        return check_readable(value)

    @field_validator("scopes")
    @classmethod
    def _offered_scopes(cls, value: list[Scope]) -> list[Scope]:
        if any(scope not in OFFERED_SCOPES for scope in value):
            raise FieldProblem(MESSAGES["enum"])
        return value


class ProfileForm(Form):
    name: Annotated[str, Field(max_length=100)]
    language: str

    @field_validator("name", mode="before")
    @classmethod
    def _clean_name(cls, value: object) -> object:
        return clean_line(value) if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _readable_name(cls, value: str) -> str:
        return check_readable(value)

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return check_offered(value, LANGUAGES)


def _check_password(password: str, *, email: str = "", name: str = "") -> str:
    if rules.is_guessable(password, email=email, name=name):
        raise FieldProblem(GUESSABLE)
    return password
