"""The pages of this room: what visitors see of a programme, and the organizers' working copy."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter

from market.programme.pages import (
    boards,
    drafts,
    files,
    imports,
    interpretation,
    parts,
    people,
    public,
    releases,
    rules,
    schedules,
    sessions,
)
from market.web.uploads import MAX_UPLOAD_BODY

ROUTERS: Sequence[APIRouter] = (
    files.router,
    schedules.router,
    public.router,
    imports.router,
    releases.router,
    parts.router,
    people.router,
    rules.router,
    interpretation.router,
    boards.router,
    drafts.router,
    sessions.router,
)
"""Before those of events: `import` is no event. Sessions come last: their codes take what others leave."""

UPLOADS: Final[Mapping[str, int]] = {imports.UPLOAD_PATH: MAX_UPLOAD_BODY}
"""Page that takes files → bytes of a request."""
