"""The pages of this room: matches as their owners see them, and the broker's desk."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.matching.pages import desk, matches

ROUTERS: Sequence[APIRouter] = (matches.router, desk.router)
