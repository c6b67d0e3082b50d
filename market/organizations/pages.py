from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from market.accounts import queries as accounts
from market.kernel.errors import Fault, Faulty, NotAllowed, NotFound
from market.kernel.text import clean_line
from market.organizations import queries, rules, service
from market.organizations.forms import MemberForm, OrganizationForm
from market.organizations.linked_data import share_organization
from market.organizations.models import Organization
from market.taxonomy.values import COUNTRIES, ORGANIZATION_KINDS
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused
from market.web.paging import read_cursor, write_cursor
from market.web.sharing import CLAIM, share_page

router = APIRouter()

MAX_WORDS = 160
CHOICES: dict[str, Any] = {"kinds": ORGANIZATION_KINDS, "countries": COUNTRIES}


@router.get("/organizations", name="organizations.index")
def list_organizations(db: Db, page: Page, country: str = "", cursor: str = "") -> Response:
    after = read_cursor(cursor, str, str) if cursor else None
    chosen = country if country in COUNTRIES else None
    rows = queries.list_organizations(
        db, country=chosen, after=(str(after[0]), str(after[1])) if after else None, limit=queries.MAX_SHOWN + 1
    )
    shown = rows[: queries.MAX_SHOWN]
    following = write_cursor(shown[-1].name, shown[-1].slug) if len(rows) > len(shown) else None
    counts = queries.count_organizations_by_country(db)
    asked = {"country": chosen or "", "cursor": cursor} if chosen or cursor else {}
    place = f"?{urlencode({name: value for name, value in asked.items() if value or cursor})}" if asked else ""
    response = page.render(
        "organizations/index.html",
        organizations=shown,
        country=chosen,
        counts=counts,
        next_cursor=following,
        share=share_page(page, "organizations.index", description=page.reader.gettext(CLAIM), query=place),
        **CHOICES,
    )
    return page.public(response)


@router.get("/organizations/new", name="organizations.new")
def show_new(viewer: SignedIn, page: Page) -> Response:
    values = {"language": page.language}
    return page.render("organizations/new.html", faults={}, values=values, may_found=rules.may_found(viewer), **CHOICES)


@router.post("/organizations/new", name="organizations.found")
def found_organization(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    try:
        form = parse_form(OrganizationForm, sent)
    except Faulty as problem:
        values = _sent_values(sent)
        raise page.refusal(
            "organizations/new.html", faults=problem.faults, values=values, may_found=rules.may_found(viewer), **CHOICES
        ) from problem
    organization = service.found_organization(db, form, by=viewer, now=now)
    return page.redirect("organizations.show", slug=organization.slug, notice="organization_founded")


@router.get("/organizations/{slug}", name="organizations.show")
def show_organization(slug: str, db: Db, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    return page.render(
        "organizations/show.html",
        organization=organization,
        share=share_organization(page, organization),
        centres=queries.list_centres_of(db, organization.id),
        may_edit=rules.may_edit(page.viewer, organization.id),
        may_see_members=page.viewer is not None and rules.may_see_members(page.viewer, organization.id),
        may_see_representation=page.viewer is not None and rules.may_see_representation(page.viewer, organization.id),
        acts_for=page.viewer is not None and page.viewer.acts_for(organization.id),
        panels=page.show_panels("organizations.show", db, organization),
        head_panels=page.show_panels("organizations.show.head", db, organization),
        **CHOICES,
    )


@router.get("/organizations/{slug}/edit", name="organizations.edit")
def show_edit(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    if not rules.may_edit(viewer, organization.id):
        raise NotAllowed
    return page.render(
        "organizations/edit.html",
        organization=organization,
        version=organization.version,
        faults={},
        values=_stored_values(organization),
        **CHOICES,
    )


@router.post("/organizations/{slug}/edit", name="organizations.do_edit")
def edit_organization(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    if not rules.may_edit(viewer, organization.id):
        raise NotAllowed
    version = sent.number("_version")
    try:
        form = parse_form(OrganizationForm, sent)
        service.edit_organization(db, organization, form, version=version, by=viewer)
    except Faulty as problem:
        raise _refuse_edit(page, organization, sent, problem.faults, version=version) from problem
    except service.ChangedMeanwhile as problem:
        raise _refuse_edit(page, organization, sent, {}, version=organization.version, stale=problem) from problem
    return page.redirect("organizations.show", slug=organization.slug, notice="saved")


@router.get("/organizations/{slug}/members", name="organizations.members")
def list_members(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    if not rules.may_see_members(viewer, organization.id):
        raise NotAllowed
    return _members_page(db, page, organization, faults={}, values={})


@router.post("/organizations/{slug}/members", name="organizations.add_member")
def add_member(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Adds somebody who has a confirmed account. Only an owner learns here that an address has one."""
    organization = queries.get_organization(db, slug)
    if not rules.may_change_members(viewer, organization.id):
        raise NotAllowed
    try:
        form = parse_form(MemberForm, sent)
        service.add_member_by_address(db, organization, form, by=viewer, now=now)
    except Faulty as problem:
        values = {"email": sent.first("email"), "role": sent.first("role")}
        refused = _members_page(db, page, organization, faults=problem.faults, values=values, status=problem.status)
        raise PageRefused(refused) from problem
    return page.redirect("organizations.members", slug=slug, notice="saved")


@router.post("/organizations/{slug}/members/remove", name="organizations.remove_member")
def remove_member(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    user = accounts.find_user(db, sent.first("email"))
    if user is None:
        # Who may not remove members gets one answer for every address: it tells nobody who has an account.
        raise NotFound if rules.may_change_members(viewer, organization.id) else NotAllowed
    service.remove_member(db, organization, user, by=viewer)
    if user.id == viewer.id:
        return page.redirect("accounts.account", notice="saved")
    return page.redirect("organizations.members", slug=slug, notice="saved")


@router.get("/organizations/{slug}/representation", name="organizations.representation")
def show_representation(slug: str, db: Db, viewer: SignedIn, page: Page, q: str = "", cursor: str = "") -> Response:
    organization = queries.get_organization(db, slug)
    if not rules.may_see_representation(viewer, organization.id):
        raise NotAllowed
    return _representation_page(db, page, organization, words=clean_line(q)[:MAX_WORDS], cursor=cursor)


@router.post("/organizations/{slug}/representation", name="organizations.grant")
def grant_representation(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    organization = queries.get_organization(db, slug)
    try:
        service.grant_representation(db, organization, sent.first("centre"), by=viewer, now=now)
    except Faulty as problem:
        refused = _representation_page(db, page, organization, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    return page.redirect("organizations.representation", slug=slug, notice="representation_granted")


@router.post("/organizations/{slug}/representation/end", name="organizations.end_representation")
def end_representation(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    """`slug` is the client's; who ends it for the centre goes on with the centre's other clients."""
    client = queries.get_organization(db, slug)
    centre = queries.get_organization(db, sent.first("centre"))
    service.end_representation(db, client, centre, by=viewer)
    back = centre if viewer.is_owner(centre.id) and not viewer.is_owner(client.id) else client
    return page.redirect("organizations.representation", slug=back.slug, notice="representation_ended")


@router.get("/organizations/{slug}/clients/new", name="organizations.new_client")
def show_new_client(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    centre = _get_centre(db, slug, viewer)
    return page.render(
        "organizations/new_client.html", centre=centre, faults={},
        values={"language": page.language, "country": centre.country}, **CHOICES,
    )  # fmt: skip


@router.post("/organizations/{slug}/clients/new", name="organizations.found_client")
def found_client(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    centre = _get_centre(db, slug, viewer)
    try:
        form = parse_form(OrganizationForm, sent)
        client = service.found_client(db, centre, form, by=viewer, now=now)
    except Faulty as problem:
        raise page.refusal(
            "organizations/new_client.html", centre=centre, faults=problem.faults, values=_sent_values(sent), **CHOICES
        ) from problem
    return page.redirect("organizations.show", slug=client.slug, notice="client_founded")


def _get_centre(db: Db, slug: str, viewer: SignedIn) -> Organization:
    centre = queries.get_organization(db, slug)
    if not rules.may_add_clients(viewer, centre.id, centre.kind):
        raise NotAllowed
    return centre


def _representation_page(
    db: Db, page: Page, organization: Organization, *, words: str = "", cursor: str = "",
    faults: dict[str, Fault] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    may_grant = rules.may_grant(page.viewer, organization.id)
    after = read_cursor(cursor, str, str) if cursor else None
    clients = queries.list_clients(
        db, organization.id, after=(str(after[0]), str(after[1])) if after else None, limit=queries.MAX_SHOWN + 1
    )
    shown = clients[: queries.MAX_SHOWN]
    return page.render(
        "organizations/representation.html",
        status=status,
        organization=organization,
        centres=queries.list_centres_of(db, organization.id),
        may_grant=may_grant,
        found=queries.search_centres(db, words, for_organization=organization) if may_grant else [],
        words=words,
        is_centre=rules.may_represent(organization.kind),
        clients=shown,
        may_add=rules.may_add_clients(page.viewer, organization.id, organization.kind),
        ends_for_client=page.viewer is not None and (may_grant or page.viewer.is_staff),
        ends_for_centre=page.viewer is not None and (page.viewer.is_owner(organization.id) or page.viewer.is_staff),
        next_cursor=write_cursor(shown[-1].name, shown[-1].slug) if len(clients) > len(shown) else None,
        faults=faults or {},
        **CHOICES,
    )


def _members_page(
    db: Db,
    page: Page,
    organization: Organization,
    *,
    faults: dict[str, Fault],
    values: dict[str, str],
    status: int = 200,
) -> Response:
    return page.render(
        "organizations/members.html",
        status=status,
        organization=organization,
        members=queries.list_members(db, organization.id),
        may_edit=rules.may_change_members(page.viewer, organization.id),
        faults=faults,
        values=values,
    )


def _refuse_edit(
    page: Page,
    organization: Organization,
    sent: SentForm,
    faults: dict[str, Fault],
    *,
    version: int,
    stale: service.ChangedMeanwhile | None = None,
) -> PageRefused:
    """`version` is the one whose content the editor has seen: a fault corrected must not overwrite a newer one."""
    return page.refusal(
        "organizations/edit.html",
        status=stale.status if stale else 422,
        organization=organization,
        version=version,
        faults=faults,
        values=_sent_values(sent),
        stored=_stored_values(organization) if stale else None,
        **CHOICES,
    )


def _sent_values(sent: SentForm) -> dict[str, str]:
    return {name: sent.first(name) for name in OrganizationForm.model_fields}


def _stored_values(organization: Organization) -> dict[str, str]:
    return {name: str(getattr(organization, name)) for name in OrganizationForm.model_fields}
