"""Organizations for programs, and for whom a token speaks."""

from typing import Any

from market.kernel.errors import NotFound
from market.organizations import queries
from market.organizations.models import Organization
from market.taxonomy.values import COUNTRIES
from market.web.apikit.answers import Answer, make_etag
from market.web.apikit.calls import MOST_ITEMS, Call
from market.web.apikit.doors import ApiRouter
from market.web.paging import LONGEST_CURSOR, read_cursor, write_cursor

router = ApiRouter()

EXAMPLE: dict[str, Any] = {
    "slug": "liujiang-works",
    "name": "Liujiang Works",
    "own_name": "柳江机械厂",
    "kind": "firm",
    "country": "CN",
    "city": "Liuzhou",
    "website": "https://www.example.org",
    "is_verified": False,
    "url": "https://market.example/en/organizations/liujiang-works",
}
WHOLE_EXAMPLE: dict[str, Any] = EXAMPLE | {"language": "zh-Hans", "description": "干燥设备。", "version": 1}
ME_EXAMPLE: dict[str, Any] = {
    "name": "Mai",
    "email": "mai@example.org",
    "language": "vi",
    "is_confirmed": True,
    "scopes": ["listings:read", "listings:write"],
    "organizations": [{"slug": "liujiang-works", "name": "Liujiang Works", "role": "owner"}],
}
LIST_EXAMPLE: dict[str, Any] = {
    "items": [EXAMPLE],
    "total": 1,
    "facets": {"country": {"CN": 1}},
    "next": None,
    "degraded": False,
    "by_meaning": 0,
}


@router.get(
    "/organizations", "api.list_organizations", summary="List organizations", gives="OrganizationList",
    parameters={
        "country": "One code of the value list `countries`.",
        "cursor": "Where the next items start: `next` of the last answer.",
        "limit": f"How many items, at most {MOST_ITEMS}; 20 if left out.",
    },
    example=LIST_EXAMPLE, refusals=(400, 422, 429, 503),
)  # fmt: skip
def list_organizations(call: Call) -> Answer:
    """In order of name."""
    countries = call.codes("country", COUNTRIES)
    limit, cursor = call.limit, call.text("cursor")[:LONGEST_CURSOR]
    after = read_cursor(cursor, str, str) if cursor else None
    found = queries.list_organizations(
        call.db, country=countries or None, after=(str(after[0]), str(after[1])) if after else None, limit=limit + 1
    )  # fmt: skip
    shown = found[:limit]
    counts = queries.count_organizations_by_country(call.db)
    return Answer(
        {
            "items": [_show(call, organization) for organization in shown],
            "total": sum(counts.get(code, 0) for code in countries) if countries else sum(counts.values()),
            "facets": {"country": counts},
            "next": write_cursor(shown[-1].name, shown[-1].slug) if len(found) > limit else None,
            "degraded": False,
            "by_meaning": 0,
        }
    )


@router.get(
    "/organizations/{slug}", "api.show_organization", summary="Read one organization", gives="Organization",
    example=WHOLE_EXAMPLE, refusals=(404, 429, 503),
)  # fmt: skip
def show_organization(call: Call) -> Answer:
    """`name` is for the reader: its own where it is in the reader's language, else the English one if it has one.
    `language` is that of `own_name` and `description`.
    """
    organization = queries.find_organization(call.db, call.parts["slug"])
    if organization is None:
        raise NotFound
    shown = _show(call, organization) | {
        "language": organization.language,
        "description": organization.description,
        "version": organization.version,
    }
    verified = int(organization.verified_at is not None)
    return Answer(shown, etag=make_etag(organization.version, verified, language=call.language))


@router.get(
    "/me", "api.show_me", summary="For whom the token speaks", needs_person=True, gives="Me", example=ME_EXAMPLE,
    refusals=(401, 429, 503),
)  # fmt: skip
def show_me(call: Call) -> Answer:
    """The person, what the token may be used for, and the organizations that the person acts for: as `owner`, `member`
    or, for a client of the person's transfer centre, as `representative`.
    """
    viewer = call.require_person(None)
    organizations = [
        {
            "slug": organization.slug,
            "name": _name(call, organization),
            "role": viewer.memberships.get(organization.id, "representative"),
        }
        for organization in queries.list_acted_for(call.db, viewer)
    ]
    assert call.bearer is not None  # noqa: S101 - without one nobody comes in
    return Answer(
        {
            "name": viewer.name,
            "email": viewer.email,
            "language": viewer.language,
            "is_confirmed": viewer.is_confirmed,
            "scopes": sorted(call.bearer.scopes),
            "organizations": organizations,
        }
    )


def _show(call: Call, organization: Organization) -> dict[str, Any]:
    return {
        "slug": organization.slug,
        "name": _name(call, organization),
        "own_name": organization.name,
        "kind": organization.kind,
        "country": organization.country,
        "city": organization.city,
        "website": organization.website,
        "is_verified": organization.verified_at is not None,
        "url": call.pages("organizations") + organization.slug,
    }


def _name(call: Call, organization: Organization) -> str:
    """In its own language to its readers, in English to others where it has an English name."""
    is_own = organization.language == call.language or not organization.name_en
    return organization.name if is_own else organization.name_en
