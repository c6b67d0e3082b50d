from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Response

from market.kernel.errors import Fault, Faulty, NotAllowed, Refusal
from market.listings import queries, rules, service
from market.listings.browsing import FoundListings
from market.listings.choices import CHOICES, SORTS
from market.listings.enums import ListingKind, ListingState
from market.listings.feeds import address_of_feed
from market.listings.forms import ListingForm, NewListingForm, TextForm
from market.listings.linked_data import share_listing
from market.listings.models import Listing
from market.listings.presenting import (
    compare_values,
    form_values,
    guess_language_fault,
    present_facets,
    present_listing,
    present_page,
    sent_values,
    text_values,
)
from market.listings.reading import read_public
from market.organizations.models import Organization
from market.organizations.queries import find_representative, get_organization, list_acted_for
from market.web.addresses import known_language
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused
from market.web.sharing import CLAIM, share_page
from search.port import Sort

router = APIRouter()


@router.get("/listings", name="listings.index")
def browse_listings(found: FoundListings, db: Db, page: Page) -> Response:
    shown = present_page(db, found)
    facets = present_facets(found, page.reader)
    browse = found.browse
    organization = get_organization(db, browse.organization) if browse.organization else None
    sorts = [(sort, label) for sort, label in SORTS.items() if browse.words or sort is not Sort.RELEVANCE]
    place = browse.address(cursor=browse.cursor, offset=browse.offset)
    response = page.render(
        "listings/index.html",
        found=found,
        browse=browse,
        organization=organization,
        shown=shown,
        facets=facets,
        sorts=sorts,
        feed=address_of_feed(page, browse),
        panels=page.show_panels("listings.index", db, browse),
        share=share_page(page, "listings.index", description=page.reader.gettext(CLAIM), query=place.rstrip("?")),
        **CHOICES,
    )
    return page.public(response)


@router.get("/listings/new", name="listings.new")
def show_new(db: Db, viewer: SignedIn, page: Page, kind: str = "offer", organization: str = "") -> Response:
    organizations = list_acted_for(db, viewer)
    slugs = [body.slug for body in organizations]
    values: dict[str, Any] = {
        "form_id": str(uuid4()),
        "kind": kind if kind in set(ListingKind) else ListingKind.OFFER.value,
        "language": page.language,
        "organization": organization if organization in slugs else "".join(slugs[:1]),
    }
    return _new_page(page, organizations, values=values, faults={})


@router.post("/listings/new", name="listings.draft")
def draft_listing(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    try:
        form = parse_form(NewListingForm, sent)
        organization = get_organization(db, form.organization)
        if fault := guess_language_fault(form, confirmed=sent.first("_language_confirmed") == form.language):
            raise Faulty(fault)
    except Faulty as problem:
        raise _refuse_new(page, db, viewer, sent, problem.faults) from problem
    try:
        listing = service.draft_listing(
            db, form, listing_id=form.form_id, kind=form.kind, organization=organization, by=viewer, now=now
        )
    except service.EditedMeanwhile as problem:
        listing = queries.get_listing_by_id(db, form.form_id, viewer=viewer)
        raise _refuse_edit(page, listing, sent, {}, version=listing.version, stale=problem) from problem
    return _after_saving(db, page, listing, sent, viewer=viewer, now=now)


@router.get("/listings/{reference}", name="listings.show")
def show_listing(reference: str, db: Db, page: Page) -> Response:
    viewer = page.viewer
    listing = queries.get_listing(db, reference, viewer=viewer) if viewer else read_public(db, reference)
    shown = present_listing(listing, page.language)
    response = page.render(
        "listings/show.html",
        listing=listing,
        shown=shown,
        representative=_find_representative(db, listing),
        share=share_listing(page, listing, shown) if listing.state is ListingState.PUBLISHED else None,
        may_write=rules.may_write(viewer, listing),
        may_withdraw=rules.may_withdraw(viewer, listing),
        panels=page.show_panels("listings.show", db, listing),
        head_panels=page.show_panels("listings.show.head", db, listing),
        **CHOICES,
    )
    return page.public(response)


@router.get("/listings/{reference}/edit", name="listings.edit")
def show_edit(reference: str, db: Db, viewer: SignedIn, now: Now, page: Page, check: bool = False) -> Response:  # noqa: FBT001, FBT002 - a key of the address
    listing = _get_own(db, reference, viewer)
    faults = rules.missing_for_publication(listing, today=now.date()) if check else {}
    return _edit_page(page, listing, values=form_values(listing), version=listing.version, faults=faults)


@router.post("/listings/{reference}/edit", name="listings.do_edit")
def edit_listing(reference: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    listing = _get_own_to_change(db, reference, viewer)
    version = sent.number("_version")
    try:
        form = parse_form(ListingForm, sent)
        if fault := guess_language_fault(form, confirmed=sent.first("_language_confirmed") == form.language):
            raise Faulty(fault)
        service.edit_listing(db, listing, form, version=version, by=viewer, now=now)
    except Faulty as problem:
        raise _refuse_edit(page, listing, sent, problem.faults, version=version) from problem
    except service.EditedMeanwhile as problem:
        raise _refuse_edit(page, listing, sent, {}, version=listing.version, stale=problem) from problem
    return _after_saving(db, page, listing, sent, viewer=viewer, now=now)


@router.post("/listings/{reference}/publish", name="listings.publish")
def publish_listing(reference: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    listing = _get_own_to_change(db, reference, viewer)
    return _publish(db, page, listing, viewer=viewer, now=now)


@router.post("/listings/{reference}/withdraw", name="listings.withdraw")
def withdraw_listing(reference: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    listing = queries.get_listing_to_change(db, reference, viewer=viewer)
    service.withdraw_listing(db, listing, by=viewer, now=now)
    return page.redirect("listings.show", reference=reference, notice="withdrawn")


@router.post("/listings/{reference}/renew", name="listings.renew")
def renew_listing(reference: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    listing = _get_own_to_change(db, reference, viewer)
    service.renew_listing(db, listing, by=viewer, now=now)
    return page.redirect("listings.show", reference=reference, notice="renewed")


@router.post("/listings/{reference}/copy", name="listings.copy")
def copy_listing(reference: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    copy = service.copy_listing(db, _get_own(db, reference, viewer), by=viewer, now=now)
    return page.redirect("listings.edit", reference=copy.reference, notice="copied")


@router.post("/listings/{reference}/delete", name="listings.delete")
def delete_draft(reference: str, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    service.delete_draft(db, _get_own_to_change(db, reference, viewer), by=viewer)
    return page.redirect("listings.own", notice="deleted")


@router.get("/listings/{reference}/translations/{code}", name="listings.translate")
def show_translation(reference: str, code: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    listing = _get_own(db, reference, viewer)
    if known_language(code) == listing.language:
        return page.redirect("listings.edit", reference=reference)
    text = listing.texts.get(code)
    return _translation_page(page, listing, code, values=text_values(text), version=listing.version, faults={})


@router.post("/listings/{reference}/translations/{code}", name="listings.do_translate")
def save_translation(reference: str, code: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    listing = _get_own_to_change(db, reference, viewer)
    language, version = known_language(code), sent.number("_version")
    try:
        form = parse_form(TextForm, sent)
        service.save_translation(db, listing, form, language=language, version=version, by=viewer, now=now)
    except (Faulty, service.EditedMeanwhile) as problem:
        faults = problem.faults if isinstance(problem, Faulty) else {}
        values = {name: sent.first(name) for name in TextForm.model_fields}
        stale = problem if isinstance(problem, service.EditedMeanwhile) else None
        stored = text_values(listing.texts.get(code)) if stale else {}
        response = _translation_page(
            page, listing, code, values=values, version=listing.version if stale else version, faults=faults,
            stale=stale, differences=compare_values(values, stored) if stale else [], status=problem.status,
        )  # fmt: skip
        raise PageRefused(response) from problem
    return page.redirect("listings.show", reference=reference, notice="saved", language=code)


@router.post("/listings/{reference}/translations/{code}/remove", name="listings.remove_translation")
def remove_translation(
    reference: str, code: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page
) -> Response:
    listing = _get_own_to_change(db, reference, viewer)
    service.remove_translation(db, listing, language=known_language(code), by=viewer, now=now)
    return page.redirect("listings.show", reference=reference, notice="saved")


def _find_representative(db: Db, listing: Listing) -> Organization | None:
    if listing.represented_by_id is None:
        return None
    return find_representative(db, centre_id=listing.represented_by_id, client_id=listing.organization_id)


def _get_own(db: Db, reference: str, viewer: SignedIn) -> Listing:
    """A listing this person may write. One that others may see but not write answers 403, one they may not see 404."""
    return _require_own(queries.get_listing(db, reference, viewer=viewer), viewer)


def _get_own_to_change(db: Db, reference: str, viewer: SignedIn) -> Listing:
    return _require_own(queries.get_listing_to_change(db, reference, viewer=viewer), viewer)


def _require_own(listing: Listing, viewer: SignedIn) -> Listing:
    if not rules.may_write(viewer, listing):
        raise NotAllowed
    return listing


def _after_saving(db: Db, page: Page, listing: Listing, sent: SentForm, *, viewer: SignedIn, now: Now) -> Response:
    match sent.first("_action"):
        case "publish":
            return _publish(db, page, listing, viewer=viewer, now=now)
        case "preview":
            return page.redirect("listings.show", reference=listing.reference, notice="saved")
        case _:
            return page.redirect("listings.edit", reference=listing.reference, notice="saved")


def _publish(db: Db, page: Page, listing: Listing, *, viewer: SignedIn, now: Now) -> Response:
    """What was saved stays saved when something is still missing: the answer returns, so the transaction commits."""
    try:
        service.publish_listing(db, listing, by=viewer, now=now)
    except service.ListingIncomplete:
        return page.redirect_to(page.url("listings.edit", reference=listing.reference) + "?check=1")
    return page.redirect("listings.show", reference=listing.reference, notice="published")


def _new_page(
    page: Page, organizations: Sequence[Organization], *, values: dict[str, Any], faults: dict[str, Fault],
    status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "listings/new.html", status=status, organizations=organizations, values=values, faults=faults, **CHOICES
    )


def _refuse_new(page: Page, db: Db, viewer: SignedIn, sent: SentForm, faults: dict[str, Fault]) -> PageRefused:
    values = sent_values(sent) | {name: sent.first(name) for name in ("form_id", "kind", "organization")}
    organizations = list_acted_for(db, viewer)
    return PageRefused(_new_page(page, organizations, values=values, faults=faults, status=422))


def _edit_page(
    page: Page, listing: Listing, *, values: dict[str, Any], version: int, faults: dict[str, Fault],
    stale: Refusal | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """`version` is the one whose content the editor has seen: a fault corrected must not overwrite a newer one."""
    differences = compare_values(values, form_values(listing)) if stale else []
    return page.render(
        "listings/edit.html",
        status=status,
        listing=listing,
        version=version,
        values=values,
        faults=faults,
        stale=stale,
        differences=differences,
        **CHOICES,
    )


def _refuse_edit(
    page: Page, listing: Listing, sent: SentForm, faults: dict[str, Fault], *, version: int,
    stale: Refusal | None = None,
) -> PageRefused:  # fmt: skip
    status = stale.status if stale else Faulty.status
    values = sent_values(sent)
    return PageRefused(
        _edit_page(page, listing, values=values, version=version, faults=faults, stale=stale, status=status)
    )


def _translation_page(
    page: Page, listing: Listing, code: str, *, values: dict[str, Any], version: int, faults: dict[str, Fault],
    stale: Refusal | None = None, differences: list[tuple[str, str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "listings/translate.html",
        status=status,
        listing=listing,
        code=code,
        original=listing.texts[listing.language],
        exists=code in listing.texts,
        version=version,
        values=values,
        faults=faults,
        stale=stale,
        differences=differences or [],
        **CHOICES,
    )
