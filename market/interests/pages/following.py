from fastapi import APIRouter, Response

from market.interests import queries, service
from market.interests.enums import OFTEN
from market.interests.forms import FollowForm
from market.interests.pages.shortlist import read_place
from market.organizations.queries import get_organization
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.paging import PAGE_SIZE, write_cursor

router = APIRouter()


@router.get("/account/following", name="interests.following")
def list_followed(db: Db, viewer: SignedIn, page: Page, cursor: str = "") -> Response:
    rows = queries.list_followed(db, viewer.id, after=read_place(cursor), limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    following = write_cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > len(shown) else None
    return page.render(
        "interests/following.html",
        followed=shown,
        has_stopped=queries.has_stopped(db, viewer.id),
        next_cursor=following,
        often=OFTEN,
    )


@router.post("/organizations/{slug}/follow", name="interests.follow")
def follow_organization(slug: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    service.follow_organization(db, get_organization(db, slug), by=viewer, now=now)
    return page.redirect("organizations.show", slug=slug, notice="followed")


@router.post("/organizations/{slug}/unfollow", name="interests.unfollow")
def unfollow_organization(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    """From the organization's page, or from the list of all that are followed."""
    service.unfollow_organization(db, get_organization(db, slug), by=viewer)
    if sent.first("_back") == "list":
        return page.redirect("interests.following", notice="unfollowed")
    return page.redirect("organizations.show", slug=slug, notice="unfollowed")


@router.post("/account/following/{slug}", name="interests.change_follow")
def change_follow(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    """A choice from a list: what is none of ours was sent by no page of ours."""
    form = parse_form(FollowForm, sent)
    service.change_follow(db, get_organization(db, slug), often=form.often, by=viewer)
    return page.redirect("interests.following", notice="saved")
