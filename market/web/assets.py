"""The files that pages are made with: what a browser may keep of them, and for how long."""

from os import PathLike, stat_result

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from market.web.rendering import FINGERPRINTS, STATIC

router = APIRouter()

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300"
FOR_A_DAY = "public, max-age=86400"


class Assets(StaticFiles):
    """A file asked for with its content's fingerprint never changes under that address, so it is kept for ever. One
    with another fingerprint may come from the version before or after this one: it is asked for again soon."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked = QueryParams(scope["query_string"]).get("v")
        is_right = asked is not None and asked == FINGERPRINTS.get(scope["path"])
        response.headers["Cache-Control"] = FOR_EVER if is_right else FOR_A_WHILE
        return response


_own_files = Assets(directory=STATIC)


@router.get("/favicon.ico", name="web.icon")
async def show_icon(request: Request) -> Response:
    """For whoever asks without having read a page, which names the icon."""
    response = await _own_files.get_response("icon.svg", request.scope)
    response.headers["Cache-Control"] = FOR_A_DAY
    return response
