"""What stage 2 says of one capture."""

import msgspec

from sensors.conditions import Condition


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
    abstained: str | None = None
    backend: str = "cpu"
    latency_ms: float = 0.0
    release_id: str

    @property
    def named(self) -> Condition | None:
        """The likeliest condition; None where that is health, or where nothing is said."""
        if self.unknown:
            return Condition.UNKNOWN
        likeliest = max(self.probabilities, key=self.probabilities.__getitem__, default="healthy")
        return None if likeliest == "healthy" else Condition(likeliest)
