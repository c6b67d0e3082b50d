"""Errors that a visitor may see. Each is a named class with its HTTP status and a marked message.

A message is an English msgid with named placeholders; the page translates it into the reader's language.
"""

from collections.abc import Mapping


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for 'mark, translate later'
    """Mark a message for translation where the reader is not known yet."""
    return message


class Refusal(Exception):
    """Something asked for cannot be done. Subclasses say what, in `message`."""

    status = 400
    message = N_("This cannot be done.")

    def __init__(self, **values: object) -> None:
        super().__init__(self.message)
        self.values = values


class NotFound(Refusal):
    """Also for what exists and may not be seen: its existence must not leak."""

    status = 404
    message = N_("We could not find this page.")


class NotAllowed(Refusal):
    status = 403
    message = N_("You may not do this.")


class SignInRequired(Refusal):
    status = 401
    message = N_("Please sign in first.")


class TooMany(Refusal):
    """`seconds` tells when to try again."""

    status = 429
    message = N_("Too many attempts. Please try again in %(seconds)s seconds.")


class TooLarge(Refusal):
    status = 413
    message = N_("This is too large. Please send less at once.")


class BadInput(Refusal):
    """Input that no form of ours would send."""

    status = 400
    message = N_("We could not read what was sent.")


class Faulty(Refusal):
    """A form with faults: field → marked messages with their values."""

    status = 422
    message = N_("Please look at the marked fields.")

    def __init__(self, faults: Mapping[str, "Fault"]) -> None:
        super().__init__()
        self.faults = dict(faults)


class Fault:
    """What is wrong with one field, as a marked message with named values."""

    __slots__ = ("message", "values")

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and (self.message, self.values) == (other.message, other.values)

    def __hash__(self) -> int:
        return hash((self.message, tuple(sorted(self.values))))

    def __repr__(self) -> str:
        return f"Fault({self.message!r}, {self.values!r})"
