"""The pages of this room: saved searches, what comes of them by mail and feed, the shortlist, what is followed."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.interests.pages import alerts, feeds, following, searches, shortlist

ROUTERS: Sequence[APIRouter] = (searches.router, feeds.router, alerts.router, shortlist.router, following.router)
