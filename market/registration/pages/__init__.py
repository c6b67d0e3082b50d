"""The pages of this room: registering and one's own registrations, and what organizers see and set up."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.registration.pages import files, participants, public, setup

ROUTERS: Sequence[APIRouter] = (public.router, setup.router, files.router, participants.router)
"""Participants come last: their codes take what others leave."""
