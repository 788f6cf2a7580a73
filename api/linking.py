"""A person's decision on a link between a recording and a case, with its custody event, in one transaction."""

from api.runtime import Runtime
from catalog.repositories import cases, custody, recordings
from catalog.tables import CaseLink
from catalog.tables.cases import LinkState, Stage
from catalog.tables.custody import CustodyAction


def decide_link(
    runtime: Runtime,
    recording: str,
    case_number: str,
    state: LinkState,
    *,
    stage: Stage | None = None,
    purpose: str | None = None,
) -> CaseLink:
    """Confirm, reject or make a link. Raises NotFound, Ambiguous, CatalogUnavailable."""
    now = runtime.clock()
    with runtime.catalog.writing() as session:
        found = recordings.named(session, recording)
        case = cases.by_number(session, case_number)
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
    return link
