from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from market.accounts import rules
from market.accounts.enums import TokenLifetime
from market.kernel.errors import N_
from market.kernel.viewer import OFFERED_SCOPES, Scope
from market.web.forms import KNOWN_LANGUAGE, MESSAGES, READABLE_LINE, FieldProblem, Form

NOT_AN_ADDRESS = N_("Please write a mail address like name@example.org.")
GUESSABLE = N_("This password is easy to guess. Please choose another one, for example four words.")

Password = Annotated[str, Field(min_length=rules.MIN_PASSWORD, max_length=rules.MAX_PASSWORD)]


def _check_address(value: str) -> str:
    folded = rules.fold_email(value)
    if not rules.is_address(folded):
        raise FieldProblem(NOT_AN_ADDRESS)
    return folded


MAIL_ADDRESS = AfterValidator(_check_address)
MAIL_ADDRESS_OR_NONE = AfterValidator(lambda value: _check_address(value) if value else value)


class _AddressForm(Form):
    email: Annotated[str, MAIL_ADDRESS]


class _ExactForm(Form):
    """Passwords are taken byte by byte: nothing is stripped."""

    model_config = ConfigDict(str_strip_whitespace=False)


class SignInForm(_ExactForm):
    email: Annotated[str, Field(max_length=300)]
    password: Annotated[str, Field(max_length=rules.MAX_PASSWORD)]
    next: str = ""


class RegisterForm(_AddressForm, _ExactForm):
    name: Annotated[str, Field(max_length=100), READABLE_LINE]
    password: Password

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
    name: Annotated[str, Field(max_length=100), READABLE_LINE]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    lifetime: TokenLifetime

    @field_validator("scopes")
    @classmethod
    def _offered_scopes(cls, value: list[Scope]) -> list[Scope]:
        if any(scope not in OFFERED_SCOPES for scope in value):
            raise FieldProblem(MESSAGES["enum"])
        return value


class ProfileForm(Form):
    name: Annotated[str, Field(max_length=100), READABLE_LINE]
    language: Annotated[str, KNOWN_LANGUAGE]


def _check_password(password: str, *, email: str = "", name: str = "") -> str:
    if rules.is_guessable(password, email=email, name=name):
        raise FieldProblem(GUESSABLE)
    return password
