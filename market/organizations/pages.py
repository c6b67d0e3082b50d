from typing import Any

from fastapi import APIRouter, Response

from market.accounts import queries as accounts
from market.kernel.errors import Fault, Faulty, NotAllowed, NotFound
from market.organizations import queries, rules, service
from market.organizations.forms import MemberForm, OrganizationForm
from market.organizations.models import Organization
from market.taxonomy.values import COUNTRIES, ORGANIZATION_KINDS
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused
from market.web.paging import read_cursor, write_cursor

router = APIRouter()

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
    response = page.render(
        "organizations/index.html", organizations=shown, country=chosen, counts=counts, next_cursor=following, **CHOICES
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
        may_edit=rules.may_edit(page.viewer, organization.id),
        is_member=page.viewer is not None and page.viewer.is_member(organization.id),
        panels=page.show_panels("organizations.show", db, organization),
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
    _require_inside(viewer, organization)
    return _members_page(db, page, organization, faults={}, values={})


@router.post("/organizations/{slug}/members", name="organizations.add_member")
def add_member(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Adds somebody who has a confirmed account. Only an owner learns here that an address has one."""
    organization = queries.get_organization(db, slug)
    if not rules.may_edit(viewer, organization.id):
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
        raise NotFound if rules.may_edit(viewer, organization.id) else NotAllowed
    service.remove_member(db, organization, user, by=viewer)
    if user.id == viewer.id:
        return page.redirect("accounts.account", notice="saved")
    return page.redirect("organizations.members", slug=slug, notice="saved")


def _require_inside(viewer: SignedIn, organization: Organization) -> None:
    if not (viewer.is_member(organization.id) or viewer.is_staff):
        raise NotAllowed


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
        may_edit=rules.may_edit(page.viewer, organization.id),
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
