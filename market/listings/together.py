"""The same change to many of one's own listings. Each goes through the functions of `service`, as from its own page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from market.kernel.errors import N_, Refusal
from market.kernel.viewer import Viewer
from market.listings import rules, service
from market.listings.enums import ListingState
from market.listings.forms import ListingForm, TogetherForm
from market.listings.models import Listing
from market.listings.presenting import form_values
from market.web.forms import SentForm, parse_form

MOST = 200
"""Listings at once: what one transaction does while others wait."""


NOTHING_TO_CHANGE = N_("Please fill in what is to be changed.")


NOTHING_TO_CHANGE = N_("Please fill in what is to be changed.")


class Action(StrEnum):
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    RENEW = "renew"
    EDIT = "edit"


class TooManyTogether(Refusal):
    message = N_("At most %(most)s listings can be changed at once. Please choose fewer.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problem` says why nothing was changed; without one there was nothing to change."""

    reference: str
    changed: bool
    problem: Refusal | None = None


Change = Callable[[Listing], None]


def make_change(action: Action, form: TogetherForm | None, *, session: Session, by: Viewer, now: datetime) -> Change:
    """`form` is for editing alone."""

    def renew(listing: Listing) -> None:
        is_renewed = listing.expires_on == now.date() + rules.LONGEST_LIFE
        if not (is_renewed and listing.state is ListingState.PUBLISHED and rules.may_write(by, listing)):
            service.renew_listing(session, listing, by=by, now=now)

    def edit(listing: Listing) -> None:
        whole = _fill_in(listing, form) if form else None
        if whole is not None:
            service.edit_listing(session, listing, whole, version=listing.version, by=by, now=now)

    changes: dict[Action, Change] = {
        Action.PUBLISH: lambda listing: service.publish_listing(session, listing, by=by, now=now),
        Action.WITHDRAW: lambda listing: service.withdraw_listing(session, listing, by=by, now=now),
        Action.RENEW: renew,
        Action.EDIT: edit,
    }
    return changes[action]


def try_together(session: Session, listings: Sequence[Listing], change: Change) -> dict[str, Outcome]:
    """Reference → what would come of it, by the very functions that do it. Nothing of it is kept, and the session has
    forgotten these listings afterwards.
    """
    with session.no_autoflush:
        outcomes = {listing.reference: _attempt(listing, change) for listing in listings}
    session.expunge_all()
    return outcomes


def change_together(session: Session, listings: Sequence[Listing], change: Change) -> dict[str, Outcome]:
    """Carried out where it can be; the others stay as they were."""
    return {listing.reference: _carry_out(session, listing, change) for listing in listings}


def _attempt(listing: Listing, change: Change) -> Outcome:
    reference, before = listing.reference, listing.index_version
    try:
        change(listing)
    except Refusal as problem:
        return Outcome(reference, changed=False, problem=problem)
    return Outcome(reference, changed=listing.index_version != before)


def _carry_out(session: Session, listing: Listing, change: Change) -> Outcome:
    """Within a savepoint: of a listing that is refused halfway nothing stays."""
    reference, before = listing.reference, listing.index_version
    try:
        with session.begin_nested():
            change(listing)
            is_changed = listing.index_version != before
    except Refusal as problem:
        return Outcome(reference, changed=False, problem=problem)
    return Outcome(reference, changed=is_changed)


def _fill_in(listing: Listing, form: TogetherForm) -> ListingForm:
    """The listing's own form as its author would send it with these values in it."""
    values: dict[str, Any] = form_values(listing)
    for name, value in form.changes.items():
        adds = getattr(form, f"{name}_mode", "set") == "add"
        if isinstance(value, list):
            values[name] = list(dict.fromkeys([*(values[name] if adds else []), *map(str, value)]))
        elif name == "keywords":
            values[name] = f"{values[name]}\n{value}" if adds else value
        else:
            values[name] = str(value)
    return parse_form(
        ListingForm,
        SentForm({name: value if isinstance(value, list) else [str(value)] for name, value in values.items()}),
    )
