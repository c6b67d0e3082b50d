"""The door of staff to what could not be delivered."""

from uuid import UUID

from fastapi import APIRouter, Response

from market.deliveries import queries, service
from market.deliveries.enums import FACTS, HANDLERS
from market.web.deps import Db, Now, Page, Staff
from market.web.forms import Sent
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor

router = APIRouter()


@router.get("/staff/deliveries", name="deliveries.index")
def list_set_aside(db: Db, _viewer: Staff, page: Page, cursor: str = "") -> Response:
    after = queries.read_key(*map(str, read_cursor(cursor, str, str, str))) if cursor else None
    rows = queries.list_set_aside(db, after=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    following = write_cursor(*queries.write_key(shown[-1])) if len(rows) > PAGE_SIZE else None
    return page.render(
        "deliveries/index.html", rows=shown, facts=FACTS, handlers=HANDLERS, is_first=not cursor, next_cursor=following
    )


@router.post("/staff/deliveries/retry", name="deliveries.retry_all")
def try_all_again(_sent: Sent, db: Db, _viewer: Staff, now: Now, page: Page) -> Response:
    service.try_all_again(db, now=now)
    return page.redirect("deliveries.index", notice="tried_again")


@router.post("/staff/deliveries/{fact_id}/{handler}/retry", name="deliveries.retry")
def try_again(fact_id: UUID, handler: str, _sent: Sent, db: Db, _viewer: Staff, now: Now, page: Page) -> Response:
    service.try_again(db, [(fact_id, handler)], now=now)
    return page.redirect("deliveries.index", notice="tried_again")
