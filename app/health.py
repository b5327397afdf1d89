"""Health of the asset as a diagnosis puts it, beside what stage 1 says."""

from app.messages import State
from models.card import is_sure
from models.finding import Diagnosis, Finding


def asset_state(state: State, diagnosis: Diagnosis | None) -> State:
    """Return the health of the asset: a fault named with confidence is at least an alert.

    With vibration in zone D it is a danger, whatever the fault.
    """
    if diagnosis is None or state in ("danger", "stopped"):
        return state
    sure = [finding for finding in diagnosis.findings if is_sure(finding.confidence)]
    if any(_is_dangerous(finding) for finding in sure):
        return "danger"
    return "alert" if sure else state


def _is_dangerous(finding: Finding) -> bool:
    return finding.severity is not None and finding.severity.zone == "D"
