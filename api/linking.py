"""A person's decision on a link between a recording and a case, with its custody event, in one transaction."""

from dataclasses import dataclass

from api.errors import NoSuchLink
from api.runtime import Runtime
from catalog.repositories import cases, custody, recordings
from catalog.tables import CaseLink
from catalog.tables.cases import LinkState, Stage
from catalog.tables.custody import CustodyAction


@dataclass(frozen=True, slots=True)
class Decided:
    """The link as it stands, with the number of its case as on record; `anew`: whether this decision made it so."""

    link: CaseLink
    case_number: str
    anew: bool


def decide_link(
    runtime: Runtime,
    recording: str,
    case_number: str,
    state: LinkState,
    *,
    stage: Stage | None = None,
    purpose: str | None = None,
    makes: bool = True,
) -> Decided:
    """Confirm, reject or make a link; what a person said already is neither written nor logged again.

    `makes`: whether one that nothing suggested is made; what there is not can never be rejected. Raises NoSuchLink,
    NotFound, Ambiguous, CatalogUnavailable.
    """
    now = runtime.clock()
    with runtime.catalog.writing() as session:
        found = recordings.named(session, recording)
        case = cases.by_number(session, case_number)
        standing = cases.link(session, found.id, case.id)
        if standing is None and (state is LinkState.REJECTED or not makes):
            raise NoSuchLink(found.name, case.number)
        if standing is not None and _says_so(standing, state, stage):
            return Decided(standing, case.number, anew=False)
        link = cases.decide(
            session, recording_id=found.id, case_id=case.id, state=state, stage=stage, actor=runtime.actor, now=now
        )
        custody.record(
            session,
            CustodyAction.LINK_REJECTED if state is LinkState.REJECTED else CustodyAction.LINKED,
            at=now,
            actor=runtime.actor,
            subject_kind="recording",
            subject_id=found.id,
            purpose=purpose,
            case_id=str(case.id),
            case_number=case.number,
            stage=link.stage,
        )
    return Decided(link, case.number, anew=True)


def _says_so(link: CaseLink, state: LinkState, stage: Stage | None) -> bool:
    """Whether a person decided exactly that before."""
    return link.decided_by is not None and link.state is state and stage in {None, link.stage}
