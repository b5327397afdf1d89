"""What stage 2 says of one capture."""

from collections.abc import Collection

import msgspec

from sensors.conditions import Condition

LOOKS_LIKE = {Condition.STATOR_INTER_TURN: Condition.SUPPLY_UNBALANCE}
"""What is no class of the head, and which class it is taken for: an uneven supply draws the same
uneven currents as shorted turns, and only voltages, which stage 2 does not see, part them."""


class Stage2Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second opinion beside the rules of physics.

    Attributes
    ----------
    probabilities : dict of str to float
        ``healthy`` and conditions, summing to one; empty where it abstained.
    unknown : bool
        The capture is unlike everything that was learnt: the probabilities mean nothing then.
    distance : float
        From the nearest class that was learnt, over the distance at which a capture is unknown.
    bearing : str or None
        Whose geometry the capture was seen with; None where no bearing is known.
    explained : dict of str to str
        Classes that are not named, since the rules have measured what looks the same, by name.
    abstained : str or None
        Why nothing is said.
    backend : str
        Where the network ran; with its `latency_ms`.
    release_id : str
        Which release spoke.
    """

    probabilities: dict[str, float] = {}
    unknown: bool = False
    distance: float | None = None
    bearing: str | None = None
    explained: dict[str, str] = {}
    abstained: str | None = None
    backend: str = "cpu"
    latency_ms: float = 0.0
    release_id: str

    @property
    def named(self) -> Condition | None:
        """The likeliest condition; None where that is health, explained, or nothing is said."""
        if self.unknown:
            return Condition.UNKNOWN
        likeliest = max(self.probabilities, key=self.probabilities.__getitem__, default="healthy")
        silent = likeliest == "healthy" or likeliest in self.explained
        return None if silent else Condition(likeliest)


def beside_rules(second: Stage2Verdict, found: Collection[Condition]) -> Stage2Verdict:
    """Return a second opinion that names nothing the rules have explained otherwise.

    Parameters
    ----------
    second : Stage2Verdict
        Of stage 2 alone.
    found : collection of Condition
        What the rules name in the same capture.
    """
    explained = {
        one.value: cause.value
        for one, cause in LOOKS_LIKE.items()
        if cause in found and one not in found and one.value in second.probabilities
    }
    return msgspec.structs.replace(second, explained=explained) if explained else second
