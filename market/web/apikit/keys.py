"""A change under its `Idempotency-Key`: noted before it is carried out, its answer kept in the same transaction."""

import re
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.responses import Response

from market.kernel.idempotency import (
    KeptAnswer,
    Reservation,
    free_key,
    keep_answer,
    make_fingerprint,
    reserve_key,
)
from market.web.apikit.calls import Call
from market.web.apikit.problems import CameInBetween, KeyUnreadable, TokenNeeded

KEPT_HEADERS = ("content-type", "content-language", "etag", "location", "access-control-allow-origin",
    "access-control-expose-headers", "cache-control", "vary")  # fmt: skip
_KEY = re.compile(r"[!-~]{1,100}")


def run_keyed(call: Call, *, admit: Callable[[], None], handle: Callable[[], Response]) -> Response:
    key = _read_key(call)
    if key is None:
        return _run(call, None, admit=admit, handle=handle)
    with call.resources.database.transaction() as session:
        call._db = session  # noqa: SLF001 - a call's session is given by the toolkit
        admit()
        reserved = _reserve(call, key)
    if isinstance(reserved, KeptAnswer):
        headers = {**reserved.headers, "Idempotent-Replayed": "true"}
        return Response(reserved.body, status_code=reserved.status, headers=headers)
    try:
        return _run(call, reserved, admit=admit, handle=handle)
    except Exception:
        with call.resources.database.transaction() as session:
            free_key(session, reserved)
        raise


def _run(
    call: Call, reserved: Reservation | None, *, admit: Callable[[], None], handle: Callable[[], Response]
) -> Response:
    """What `web/deps.py` does for pages: returning commits, raising rolls back, both before the answer leaves."""
    try:
        with call.resources.database.transaction() as session:
            call._db = session  # noqa: SLF001 - as above
            admit()
            response = handle()
            if reserved is not None:
                headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
                keep_answer(session, reserved, KeptAnswer(response.status_code, headers, bytes(response.body).decode()))
    except (IntegrityError, StaleDataError) as problem:
        # Somebody else's change came in between, an import's for example: sent again, it meets what is there then.
        raise CameInBetween(seconds=1) from problem
    return response


def _reserve(call: Call, key: str) -> Reservation | KeptAnswer:
    if call.bearer is None:
        raise TokenNeeded
    scope = call.request.scope
    fingerprint = make_fingerprint(
        scope["method"].encode(), scope["path"].encode("utf-8", "replace"), scope["query_string"], call.raw,
        call.request.headers.get("if-match", "").encode(),
    )  # fmt: skip
    return reserve_key(call.db, call.bearer.user_id, key, fingerprint=fingerprint, now=call.now)


def _read_key(call: Call) -> str | None:
    """The draft writes it in quotes, most programs without."""
    header = call.request.headers.get("idempotency-key")
    if header is None:
        return None
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise KeyUnreadable
    return key
