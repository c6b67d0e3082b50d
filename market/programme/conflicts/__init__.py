"""What cannot be, or should not: two sessions in one room, a person in two places, a session on another day, a channel
without interpreters."""

from market.programme.conflicts.finding import blocks_release, find_conflicts
from market.programme.conflicts.kinds import CONFLICTS, Conflict, Surroundings

__all__ = ["CONFLICTS", "Conflict", "Surroundings", "blocks_release", "find_conflicts"]
