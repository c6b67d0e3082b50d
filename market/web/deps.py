"""What routes ask for. Here alone a request's transaction begins, is committed or rolled back."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.errors import BadInput, NotAllowed, NotFound, SignInRequired
from market.kernel.viewer import Viewer
from market.web.addresses import known_language
from market.web.page import Page as PageObject
from market.web.resources import Resources, resources_of
from market.web.tokens import SESSION_COOKIE

WRITES, FINISHED = "writes", "finished"
"""What a session of a request knows of itself: it is to be committed; it has been committed or rolled back."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_session(request: Request) -> AsyncIterator[Session]:
    """One request, one transaction. Raise to roll back, return to commit; the commit comes before the answer.

    Asynchronous on purpose: it takes a slot before it takes a connection, so waiting requests hold no thread.
    A safe request gets a session that never commits.
    """
    resources = resources_of(request)
    writes = request.method not in SAFE_METHODS
    async with resources.database_slots:
        session = resources.database.writing() if writes else resources.database.reading()
        if writes:
            session.info[WRITES] = True
        try:
            yield session
            if writes and FINISHED not in session.info:
                await run_in_threadpool(session.commit)
        finally:
            await _close(session)


async def _close(session: Session) -> None:
    if FINISHED in session.info:
        return
    with CancelScope(shield=True):
        await run_in_threadpool(session.close)


def finishing(route: Callable[..., Any]) -> Callable[..., Any]:
    """The route with the end of its transaction in the same thread: going to another one costs as much as a query.

    What the route raises rolls back, as ever.
    """
    names = [name for name, parameter in signature(route).parameters.items() if parameter.annotation is Db]
    if not names or iscoroutinefunction(route):
        return route

    @wraps(route)
    def run(**arguments: Any) -> Any:
        session: Session = arguments[names[0]]
        try:
            answer = route(**arguments)
            if WRITES in session.info:
                session.commit()
            return answer
        finally:
            session.info[FINISHED] = True
            session.close()

    return run


Db = Annotated[Session, Depends(get_session, scope="function")]


def get_now() -> datetime:
    return utc_now()


async def _now() -> datetime:
    return get_now()


Now = Annotated[datetime, Depends(_now)]


async def get_viewer(request: Request, db: Db) -> Viewer | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    return await run_in_threadpool(resources_of(request).load_viewer, db, token)


MaybeViewer = Annotated[Viewer | None, Depends(get_viewer)]


async def require_viewer(viewer: MaybeViewer) -> Viewer:
    if viewer is None:
        raise SignInRequired
    return viewer


SignedIn = Annotated[Viewer, Depends(require_viewer)]


async def require_staff(viewer: SignedIn) -> Viewer:
    if not viewer.is_staff:
        raise NotAllowed
    return viewer


Staff = Annotated[Viewer, Depends(require_staff)]


async def get_page(request: Request, viewer: MaybeViewer) -> PageObject:
    return PageObject(request, viewer)


Page = Annotated[PageObject, Depends(get_page)]


async def get_resources(request: Request) -> Resources:
    return resources_of(request)


AppResources = Annotated[Resources, Depends(get_resources)]


async def require_known_language(language: str) -> None:
    """An address in a language we do not have is none of ours: it would show whatever language the browser asks for,
    and be kept so for others."""
    known_language(language)


async def require_storable_address(request: Request) -> None:
    """NUL stands in no address of ours, and not every database can even look for it."""
    if "\x00" in request.scope["path"]:
        raise NotFound
    if b"%00" in request.scope["query_string"] or b"\x00" in request.scope["query_string"]:
        raise BadInput


async def require_development(request: Request) -> None:
    if not resources_of(request).settings.in_development:
        raise NotFound
