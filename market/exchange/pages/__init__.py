"""The pages of this room: files in, and files out."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter

from market.exchange.pages import exports, imports
from market.web.uploads import MAX_UPLOAD_BODY

ROUTERS: Sequence[APIRouter] = (imports.router, exports.router)

UPLOADS: Final[Mapping[str, int]] = {imports.UPLOAD_PATH: MAX_UPLOAD_BODY}
"""Page that takes files → bytes of a request."""
