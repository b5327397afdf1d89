"""What the accelerator says of itself: of one run, of a change, of now."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from dsp.vector import Float32Array


@dataclass(frozen=True, slots=True)
class Embedding:
    """What the network says of one set of spectra.

    Attributes
    ----------
    values : float32 array, shape (width,)
        The embedding.
    backend : str
        Which one ran: `cpu`, `edgetpu-delegate` or `edgetpu-pycoral`.
    latency_s : float
        From input to output, a backend lost on the way included.
    saturated : int
        Spectral values beyond what the model's int8 can hold.
    """

    values: Float32Array
    backend: str
    latency_s: float
    saturated: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A change of backend, for screen, log and bus.

    Attributes
    ----------
    kind : str
        `lost`: the preferred backend failed; `returned`: it is in use, or in use again; `slower`:
        it works, and the CPU is faster; `restarted`: the CPU's own process had to be.
    backend : str
        Which one.
    reason : str
        Why, without the backend's name.
    """

    kind: Literal["lost", "returned", "slower", "restarted"]
    backend: str
    reason: str

    @property
    def text(self) -> str:
        """One line for people; the backend is named once."""
        return f"{self.backend} {self.kind}: {self.reason}"


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Where the network runs now.

    Attributes
    ----------
    preferred, active : str
        Backend of the configuration, and the one that answers.
    reason : str
        Why they differ; empty where they do not.
    lost : int
        How often the preferred one was lost.
    latency_ms : dict of str to float
        Median of each backend when it was last tested.
    """

    preferred: str
    active: str
    reason: str
    lost: int
    latency_ms: dict[str, float]
