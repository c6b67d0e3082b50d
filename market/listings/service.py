"""Every change of a listing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from market.accounts.queries import lock_user
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotAllowed, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.text import hash_texts
from market.kernel.viewer import Viewer
from market.listings import queries, rules
from market.listings.enums import ListingKind, ListingState, Provenance, Vocabulary
from market.listings.facts import (
    ListingChanged,
    ListingDeleted,
    ListingDrafted,
    ListingExpired,
    ListingPublished,
    ListingWithdrawn,
)
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing, ListingCode, ListingText
from market.organizations.models import Organization
from market.organizations.queries import lock_organization

TEXT_FIELDS = tuple(TextForm.model_fields)


class ListingIncomplete(Faulty):
    message = N_("Some things are needed before this can be published. They are marked below; your draft is kept.")


class EditedMeanwhile(Refusal):
    """Somebody else saved since the editor opened the form."""

    status = 409
    message = N_("Somebody else has changed this listing since you opened it. Please compare and save again.")


class WrongState(Refusal):
    status = 409
    message = N_("This cannot be done in the listing's present state.")


class ExternalIdTaken(Refusal):
    """`reference` is the listing that has it."""

    status = 409
    message = N_("Your organization has a listing with this external_id already: %(reference)s")


def draft_listing(
    session: Session, form: ListingForm, *, listing_id: UUID, kind: ListingKind, organization: Organization,
    by: Viewer, now: datetime,
) -> Listing:  # fmt: skip
    """A new draft. The same `listing_id` again answers the draft already made: a form sent twice makes one listing.

    Words changed since (the author went back to the form) are an edit of that draft: they are not lost.
    """
    if not (by.is_confirmed and by.acts_for(organization.id)):
        raise NotAllowed
    lock_user(session, by.id)
    existing = session.scalar(queries.with_parts(select(Listing)).where(Listing.id == listing_id))
    if existing is not None:
        if existing.created_by_id != by.id:
            raise NotAllowed
        edit_listing(session, existing, form, version=1, by=by, now=now)
        return existing
    listing = _make_draft(
        session, kind, organization.country, organization.id, form.language, listing_id=listing_id, by=by, now=now
    )
    session.add(listing)
    _fill(listing, form)
    outbox.record(session, ListingDrafted(listing.id), by=by.id)
    return listing


def edit_listing(
    session: Session, listing: Listing, form: ListingForm, *, version: int, by: Viewer, now: datetime
) -> None:
    """Save what the author wrote. `version` is the one the author saw: a newer one is refused, never overwritten.

    What is stored already is not saved again, so a repeated click is harmless. A published listing stays published:
    what publication needs must still be there.
    """
    if not rules.may_write(by, listing):
        raise NotAllowed
    if _is_stored(listing, form):
        return
    if listing.version != version:
        raise EditedMeanwhile
    _fill(listing, form)  # before the check, which looks at the whole listing; a refusal rolls it back
    if listing.state is ListingState.PUBLISHED and (
        missing := rules.missing_for_publication(listing, today=now.date())
    ):
        raise ListingIncomplete(missing)
    _touch(listing, now)
    outbox.record(session, ListingChanged(listing.id, version + 1), by=by.id)


def identify_listing(session: Session, listing: Listing, external_id: str, *, by: Viewer, now: datetime) -> None:
    """The sender's own number of it, unique within the organization and shown to nobody else."""
    if not rules.may_write(by, listing):
        raise NotAllowed
    if (listing.external_id or "") == external_id:
        return
    if external_id:
        _require_free(session, listing, external_id)
    listing.external_id = external_id or None
    _touch(listing, now)


def save_translation(
    session: Session, listing: Listing, form: TextForm, *, language: str, version: int, by: Viewer, now: datetime
) -> None:
    """The words in one more language, written by a person. The original is changed by `edit_listing` alone.

    Who saves a machine's words as they are stands for them from then on.
    """
    if not rules.may_write(by, listing):
        raise NotAllowed
    if language == listing.language:
        raise WrongState
    source = hash_original(listing)
    if _has_words(listing, language, form):
        text = listing.texts[language]
        if (text.source_hash, text.provenance) == (source, Provenance.HUMAN):
            return
    if listing.version != version:
        raise EditedMeanwhile
    _write_text(listing, language, form, Provenance.HUMAN)
    listing.texts[language].source_hash = source
    _touch(listing, now)
    outbox.record(session, ListingChanged(listing.id, version + 1), by=by.id)


def remove_translation(session: Session, listing: Listing, *, language: str, by: Viewer, now: datetime) -> None:
    """Removing one that is not there changes nothing."""
    if not rules.may_write(by, listing):
        raise NotAllowed
    if language == listing.language:
        raise WrongState
    if listing.texts.pop(language, None) is not None:
        _touch(listing, now)
        outbox.record(session, ListingChanged(listing.id, listing.version + 1), by=by.id)


def publish_listing(session: Session, listing: Listing, *, by: Viewer, now: datetime) -> None:
    """Make it public. Index, matching and watchers hear of it after the commit.

    Publishing twice changes nothing, so a repeated click is harmless.
    """
    if not rules.may_write(by, listing):
        raise NotAllowed
    if listing.state is ListingState.PUBLISHED:
        return
    if missing := rules.missing_for_publication(listing, today=now.date()):
        raise ListingIncomplete(missing)
    listing.state = ListingState.PUBLISHED
    listing.published_at = now
    listing.expires_on = listing.expires_on or now.date() + rules.LONGEST_LIFE
    _touch(listing, now)
    outbox.record(session, ListingPublished(listing.id), by=by.id)


def withdraw_listing(session: Session, listing: Listing, *, by: Viewer, now: datetime) -> None:
    """Take it out of public sight. It can be edited and published again. Twice is harmless."""
    if not rules.may_withdraw(by, listing):
        raise NotAllowed
    if listing.state is ListingState.WITHDRAWN:
        return
    if listing.state is not ListingState.PUBLISHED:
        raise WrongState
    listing.state = ListingState.WITHDRAWN
    _touch(listing, now)
    outbox.record(session, ListingWithdrawn(listing.id), by=by.id)


def renew_listing(session: Session, listing: Listing, *, by: Viewer, now: datetime) -> None:
    """Another year from today, also for one that has expired."""
    if not rules.may_write(by, listing):
        raise NotAllowed
    if listing.state not in (ListingState.PUBLISHED, ListingState.EXPIRED):
        raise WrongState
    listing.expires_on = now.date() + rules.LONGEST_LIFE
    if listing.state is ListingState.EXPIRED:
        listing.state = ListingState.DRAFT
        publish_listing(session, listing, by=by, now=now)
        return
    _touch(listing, now)
    outbox.record(session, ListingChanged(listing.id, listing.version + 1), by=by.id)


def copy_listing(session: Session, listing: Listing, *, by: Viewer, now: datetime) -> Listing:
    """A new draft with the same words and codes, in all its languages."""
    if not rules.may_write(by, listing):
        raise NotAllowed
    copy = _make_draft(
        session,
        listing.kind,
        listing.country,
        listing.organization_id,
        listing.language,
        listing_id=uuid4(),
        by=by,
        now=now,
    )
    for name in ("stage", "trl", "ipr_status", "price_amount", "price_currency", "price_basis", "contact_email"):
        setattr(copy, name, getattr(listing, name))
    for language, text in listing.texts.items():
        words = {name: getattr(text, name) for name in TEXT_FIELDS}
        copy.texts[language] = ListingText(
            language=language, provenance=text.provenance, source_hash=text.source_hash, **words
        )
    copy.codes = [ListingCode(vocabulary=row.vocabulary, code=row.code, position=row.position) for row in listing.codes]
    session.add(copy)
    outbox.record(session, ListingDrafted(copy.id), by=by.id)
    return copy


def delete_draft(session: Session, listing: Listing, *, by: Viewer) -> None:
    if not rules.may_write(by, listing):
        raise NotAllowed
    if listing.state is not ListingState.DRAFT or listing.published_at is not None:
        raise WrongState
    session.delete(listing)
    outbox.record(session, ListingDeleted(listing.id), by=by.id)


def expire_listings(session: Session, *, today: date, now: datetime, limit: int = 200) -> int:
    """Take those whose last day has passed out of sight. Called by the worker; answers how many it was."""
    due = select(Listing).where(Listing.state == ListingState.PUBLISHED, Listing.expires_on < today)
    # One that somebody is changing just now comes with the next call.
    due = due.with_for_update(skip_locked=True, key_share=True)
    listings = session.scalars(due.order_by(Listing.expires_on, Listing.id).limit(limit)).all()
    for listing in listings:
        listing.state = ListingState.EXPIRED
        _touch(listing, now)
        outbox.record(session, ListingExpired(listing.id), by=None)
    return len(listings)


def bump_index_version(session: Session, ids: Sequence[UUID]) -> None:
    """The search document changes though the author changed nothing: in SQL and without `version`, so that somebody
    who is editing is not told that another saved.
    """
    session.execute(
        update(Listing)
        .where(Listing.id.in_(ids))
        .values(index_version=Listing.index_version + 1)
        .execution_options(synchronize_session=False)
    )


def hash_original(listing: Listing) -> str:
    """What a translation was made from; differs once the original has changed."""
    text = listing.texts[listing.language]
    return hash_texts(*(getattr(text, name) for name in TEXT_FIELDS))


def _make_draft(
    session: Session, kind: ListingKind, country: str, organization_id: UUID, language: str, *, listing_id: UUID,
    by: Viewer, now: datetime,
) -> Listing:  # fmt: skip
    return Listing(
        id=listing_id, reference=_choose_reference(session, kind, country), kind=kind, state=ListingState.DRAFT,
        language=language, country=country, organization_id=organization_id, created_by_id=by.id,
        represented_by_id=by.centre_for(organization_id), created_at=now, changed_at=now, index_version=1, texts={},
        codes=[],
    )  # fmt: skip


def _fill(listing: Listing, form: ListingForm) -> None:
    if form.language != listing.language:
        # The author corrects the language of his words: the text moves, it is not a translation.
        if form.language in listing.texts:
            raise Faulty({"language": Fault(N_("There is a translation in this language already."))})
        listing.texts.pop(listing.language, None)
        listing.language = form.language
    _write_text(listing, form.language, form, Provenance.AUTHOR)
    for name, value in _columns(listing, form).items():
        setattr(listing, name, value)
    _set_codes(listing, list_codes(form))


def _columns(listing: Listing, form: ListingForm) -> dict[str, object]:
    lasts = form.expires_on is None and listing.state is ListingState.PUBLISHED  # it always has a last day
    return list_columns(form) | ({"expires_on": listing.expires_on} if lasts else {})


def list_columns(form: ListingForm) -> dict[str, object]:
    """The columns of a listing that a form fills, beside words and codes."""
    price = form.price
    return {
        "stage": form.stage,
        "trl": form.trl,
        "ipr_status": form.ipr_status,
        "price_amount": price.amount if price else None,
        "price_currency": price.currency if price else None,
        "price_basis": form.price_basis,
        "expires_on": form.expires_on,
        "contact_email": form.contact_email or None,
    }


def list_codes(form: ListingForm) -> dict[Vocabulary, list[str]]:
    """The codes of a form in their order, by the value list they are from."""
    return {
        Vocabulary.FIELD: [str(code) for code in form.fields],
        Vocabulary.IPC: form.ipc_symbols,
        Vocabulary.INDUSTRY: form.industries,
        Vocabulary.PARTNERSHIP: [kind.value for kind in form.partnership_types],
        Vocabulary.SDG: form.sdgs,
        Vocabulary.TARGET_COUNTRY: form.target_countries,
    }


def _is_stored(listing: Listing, form: ListingForm) -> bool:
    """Whether saving this would change nothing."""
    return (
        form.language == listing.language
        and _has_words(listing, form.language, form)
        and all(getattr(listing, name) == value for name, value in _columns(listing, form).items())
        and all(listing.list_codes(vocabulary) == codes for vocabulary, codes in list_codes(form).items())
    )


def _has_words(listing: Listing, language: str, form: TextForm) -> bool:
    text = listing.texts.get(language)
    return text is not None and all(getattr(text, name) == getattr(form, name) for name in TEXT_FIELDS)


def _write_text(listing: Listing, language: str, form: TextForm, provenance: Provenance) -> None:
    text = listing.texts.get(language)
    if text is None:
        text = listing.texts[language] = ListingText(language=language)
    text.provenance = provenance
    for name in TEXT_FIELDS:
        setattr(text, name, getattr(form, name))


def _set_codes(listing: Listing, wanted: Mapping[Vocabulary, Iterable[str]]) -> None:
    """Keeps rows that stay, so that saving without a change writes nothing."""
    rows = {(row.vocabulary, row.code): row for row in listing.codes}
    codes = []
    for vocabulary, values in wanted.items():
        for position, code in enumerate(values):
            row = rows.get((vocabulary, code)) or ListingCode(vocabulary=vocabulary, code=code)
            row.position = position
            codes.append(row)
    listing.codes = codes


def _touch(listing: Listing, now: datetime) -> None:
    listing.changed_at = now
    listing.index_version += 1


def _require_free(session: Session, listing: Listing, external_id: str) -> None:
    """Of two who come with the same one at once the second waits, then finds the first one's."""
    taken = select(Listing.reference).where(
        Listing.organization_id == listing.organization_id, Listing.external_id == external_id, Listing.id != listing.id
    )
    with session.no_autoflush:
        lock_organization(session, listing.organization_id)
        if reference := session.scalar(taken):
            raise ExternalIdTaken(reference=reference)


def _choose_reference(session: Session, kind: ListingKind, country: str) -> str:
    prefix = "TO" if kind is ListingKind.OFFER else "TD"
    while True:
        reference = f"{prefix}-{country}-{new_reference_code()}"
        if not session.scalar(select(exists().where(Listing.reference == reference))):
            return reference
