"""Alert mails as a whole: on and off, in the account and by the link that each of them carries."""

from uuid import UUID

from fastapi import APIRouter, Response

from market.interests import queries, service
from market.interests.unsubscribing import read_stop_token
from market.kernel.errors import NotFound
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import ONE_CLICK, Sent, SentOrOneClick

router = APIRouter()


@router.post("/account/alerts/stop", name="interests.stop_alerts")
def stop_alerts(_sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    service.stop_alerts(db, viewer.id, now=now)
    return page.redirect("interests.searches", notice="alerts_stopped")


@router.post("/account/alerts/resume", name="interests.resume_alerts")
def resume_alerts(_sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    service.resume_alerts(db, viewer.id)
    return page.redirect("interests.searches", notice="alerts_resumed")


@router.get("/alerts/{token}", name="interests.unsubscribe")
def show_unsubscribe(token: str, db: Db, page: Page) -> Response:
    """A form, because mail programs follow links on their own and a GET changes nothing."""
    user_id = _read_reader(db, page, token)
    return page.render("interests/unsubscribe.html", token=token, has_stopped=queries.has_stopped(db, user_id))


@router.post("/alerts/{token}", name="interests.do_unsubscribe")
def unsubscribe(token: str, sent: SentOrOneClick, db: Db, now: Now, page: Page) -> Response:
    """Also for mail programs, which send one field, know no cookie and follow no redirect (RFC 8058)."""
    service.stop_alerts(db, _read_reader(db, page, token), now=now)
    if sent.fields == ONE_CLICK:
        return Response(status_code=200)
    return page.redirect("interests.unsubscribe", token=token)


def _read_reader(db: Db, page: Page, token: str) -> UUID:
    user_id = read_stop_token(page.resources.settings, token)
    if user_id is None or not queries.has_account(db, user_id):
        raise NotFound
    return user_id
