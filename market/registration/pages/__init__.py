"""The pages of this room: registering and one's own registrations, and what organizers see and set up."""

from collections.abc import Sequence

from fastapi import APIRouter

from market.registration.pages import participants, public, setup

ROUTERS: Sequence[APIRouter] = (public.router, setup.router, participants.router)
