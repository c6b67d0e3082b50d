"""Interpreters put on sessions, as the page of a session does it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from market.events.models import Event
from market.kernel.clock import utc_now
from market.programme.enums import SEVERITIES, ConflictKind, Severity
from market.programme.forms import InterpretingForm, RulesForm
from market.programme.interpreting import assign_interpreters, set_rules
from market.programme.models import ProgrammeSession
from tests.make.organizations import make_viewer
from tests.market.programme.fair import Fair


def assign(
    db: Session, fair: Fair, planned: ProgrammeSession, channels: Sequence[str], *, event: Event | None = None,
    mode: str = "simultaneous",
) -> None:  # fmt: skip
    form = InterpretingForm.model_validate({"channels": list(channels), "interpreting": mode})
    viewer = make_viewer(db, fair.organizer)
    assign_interpreters(db, event or fair.event, planned, form, version=planned.version, by=viewer, now=utc_now())
    db.commit()


def decide(db: Session, fair: Fair, *, travel_minutes: int = 10, **severities: Severity) -> None:
    """What this event makes of these kinds of conflict; of the others the usual."""
    chosen = [severities.get(kind.value, SEVERITIES[kind]) for kind in ConflictKind]
    form = RulesForm(travel_minutes=travel_minutes, severities=chosen)
    set_rules(db, fair.event, form, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
