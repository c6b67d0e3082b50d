from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class AccountRegistered(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True)
class AddressConfirmed(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True)
class PasswordChanged(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True)
class AccountChanged(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True)
class SignInHappened(Fact):
    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmationAsked(Fact):
    """A mail with a link to confirm the address is to be written."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class RegistrationRepeated(Fact):
    """Somebody registered with a confirmed address: its owner is to be told."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class PasswordResetAsked(Fact):
    """A mail with a link to set a new password is to be written."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class TokenMade(Fact):
    user_id: UUID
    token_id: UUID


@dataclass(frozen=True, slots=True)
class TokenEnded(Fact):
    user_id: UUID
    token_id: UUID
