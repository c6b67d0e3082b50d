"""Mails about who acts for whom."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.notifications.service import write_mail
from market.organizations import queries
from market.organizations.facts import RepresentationEnded, RepresentationGranted
from market.organizations.models import Organization

_TEMPLATES = {
    RepresentationGranted.__name__: "organizations/representation_granted.txt",
    RepresentationEnded.__name__: "organizations/representation_ended.txt",
}


def write_representation_mails(work: Work, facts: Sequence[RecordedFact]) -> None:
    """To the owners of the side whose doing it was not, each in the person's own language."""
    for fact in facts:
        with work.database.transaction() as session:
            client = session.get(Organization, UUID(fact.content["client_id"]))
            centre = session.get(Organization, UUID(fact.content["centre_id"]))
            if client is not None and centre is not None:
                _write_mails(session, work, fact, client=client, centre=centre)


def _write_mails(
    session: Session, work: Work, fact: RecordedFact, *, client: Organization, centre: Organization
) -> None:
    sides = {"client": client, "centre": centre}
    told = [organization for side, organization in sides.items() if side != fact.content["by_side"]]
    for user in queries.list_owners(session, [organization.id for organization in told]):
        subject, body = work.letters.compose(
            _TEMPLATES[fact.name], language=user.language, name=user.name, client=client.name, centre=centre.name,
            slug=told[0].slug, client_slug=client.slug,
        )  # fmt: skip
        write_mail(session, recipient=user.email, language=user.language, subject=subject, body=body, now=utc_now())
