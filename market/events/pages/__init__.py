"""The pages of this room: the calendar that everybody sees, and what organizers manage."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.events.pages import managing, public, team

ROUTERS: Sequence[APIRouter] = (public.router, managing.router, team.router)
