"""The pages of this room: browsing and single listings, and one's own in bulk."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.listings.pages import listings, own

ROUTERS: Sequence[APIRouter] = (listings.router, own.router)
