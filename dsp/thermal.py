"""How a motor warms and cools: winding and frame as two masses, solved exactly step by step.

The winding heats with the square of the load and gives its heat to the frame; the frame adds what
does not depend on load and gives all to the air, several times more slowly once the shaft's own
fan stands still::

    tau_w dTw/dt = d (load^2) - (Tw - Tf)
    tau_f dTf/dt = (c / d) (Tw - Tf) + k running - cooling (Tf - Ta),   cooling = 1 or 1 / stopped

with c and k the frame's steady rises by load and without, d the winding's over the frame at rated
load. `load` may be relative current instead: what a magnetising current adds is part of k.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from sensors.errors import BadConfig, BadSamples

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class ThermalParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model knows of one motor.

    Attributes
    ----------
    load_rise_k, constant_rise_k : float
        Steady rise of the frame over ambient at rated load: by the load's losses, and without.
    winding_over_frame_k : float
        Steady excess of the winding over the frame at rated load.
    winding_s : float
        Time constant of the winding against the frame.
    frame_s : float
        Time constant of the frame against the air while the fan turns.
    stopped_factor : float
        How many times worse the frame cools when the shaft stands still; 1 with a fan of its own.
    """

    load_rise_k: float
    constant_rise_k: float
    winding_over_frame_k: float
    winding_s: float
    frame_s: float
    stopped_factor: float = 1.0

    def __post_init__(self) -> None:
        positive = ("load_rise_k", "winding_over_frame_k", "winding_s", "frame_s")
        for name in positive:
            if not 0.0 < getattr(self, name) < float("inf"):
                raise BadConfig(f"thermal model: {name} = {getattr(self, name)} must be above 0")
        if not 0.0 <= self.constant_rise_k < float("inf"):
            raise BadConfig(
                f"thermal model: constant_rise_k = {self.constant_rise_k} must be 0 or more"
            )
        if not 1.0 <= self.stopped_factor < float("inf"):
            raise BadConfig(
                f"thermal model: stopped_factor = {self.stopped_factor} must be 1 or more: a fan "
                "that stands still does not cool better"
            )

    def time_constants_s(self, *, running: bool = True) -> tuple[float, float]:
        """Return the slow and the fast time constant of the whole, in seconds."""
        slow, fast = np.sort(-1.0 / np.linalg.eigvals(_rates(self, running=running)).real)[::-1]
        return float(slow), float(fast)

    def steady_rise_k(self, load: float) -> float:
        """Return the rise of the frame over ambient after hours at one load, running."""
        return self.load_rise_k * load**2 + self.constant_rise_k


@dataclass(frozen=True, slots=True)
class ThermalTrace:
    """Temperatures over time.

    Attributes
    ----------
    winding_degc, frame_degc : float64 array, shape (n,)
        At each sample.
    """

    winding_degc: Float64Array
    frame_degc: Float64Array


def simulate(
    load: npt.ArrayLike,
    ambient_degc: npt.ArrayLike,
    *,
    dt_s: float,
    parameters: ThermalParameters,
    running: npt.ArrayLike | None = None,
    start_degc: tuple[float, float] | None = None,
) -> ThermalTrace:
    """Return the temperatures that a load makes.

    Parameters
    ----------
    load : array, shape (n,)
        Fraction of rated load, or of rated current; each value holds until the next.
    ambient_degc : array, shape (n,) or scalar
        Temperature of the air.
    dt_s : float
        Time between values; exact for any, since each step is solved and not approximated.
    parameters : ThermalParameters
    running : bool array, shape (n,) or scalar, optional
        Whether the shaft turns; always by default.
    start_degc : (winding, frame), optional
        Temperatures at the first sample; in balance with its load by default.

    Raises
    ------
    BadSamples
        Series are empty, of different lengths, not finite, or `dt_s` is not above zero.
    """
    drive, air, turns = _series(load, ambient_degc, running, dt_s)
    balance = _balance(drive, air, turns, parameters)
    keep = np.stack([_step(parameters, dt_s, running=moving) for moving in (False, True)])
    steps = keep[turns.astype(np.intp)[:-1]]
    inputs = balance[:-1] - np.einsum("nij,nj->ni", steps, balance[:-1])
    start = balance[0] if start_degc is None else np.asarray(start_degc, np.float64)
    states = _scan(steps, inputs, start)
    return ThermalTrace(states[:, 0], states[:, 1])


def _series(
    load: npt.ArrayLike, ambient_degc: npt.ArrayLike, running: npt.ArrayLike | None, dt_s: float
) -> tuple[Float64Array, Float64Array, BoolArray]:
    drive = np.atleast_1d(np.asarray(load, np.float64))
    try:
        air = np.broadcast_to(np.asarray(ambient_degc, np.float64), drive.shape)
        turns = np.broadcast_to(np.asarray(True if running is None else running, bool), drive.shape)
    except ValueError as error:
        raise BadSamples(
            f"thermal model: load has {drive.shape}, ambient or running another shape; give series "
            "of one length"
        ) from error
    if drive.ndim != 1 or drive.size == 0 or not (np.isfinite(drive) & np.isfinite(air)).all():
        raise BadSamples("thermal model: load and ambient must be finite series of one axis")
    if not 0.0 < dt_s < float("inf"):
        raise BadSamples(f"thermal model: dt_s = {dt_s} must be above 0")
    return drive, air, turns


def _rates(parameters: ThermalParameters, *, running: bool) -> Float64Array:
    """Return A of ``dT/dt = A (T - balance)``."""
    p = parameters
    passed = p.load_rise_k / p.winding_over_frame_k
    cooling = 1.0 if running else 1.0 / p.stopped_factor
    to_frame = 1.0 / p.winding_s
    return np.array(
        [[-to_frame, to_frame], [passed / p.frame_s, -(passed + cooling) / p.frame_s]], np.float64
    )


def _step(parameters: ThermalParameters, dt_s: float, *, running: bool) -> Float64Array:
    """Return ``exp(A dt)`` in closed form; both eigenvalues are real, negative and apart."""
    a = _rates(parameters, running=running) * dt_s
    middle = (a[0, 0] + a[1, 1]) / 2
    half = float(np.sqrt(((a[0, 0] - a[1, 1]) / 2) ** 2 + a[0, 1] * a[1, 0]))
    # det/(m - d) for the slow one: the difference of two near numbers would lose its digits.
    fast = middle - half
    slow = (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]) / fast
    high, low = np.exp(slow), np.exp(fast)
    step: Float64Array = (high + low) / 2 * np.eye(2) + (high - low) / (2 * half) * (
        a - middle * np.eye(2)
    )
    return step


def _balance(
    drive: Float64Array, air: Float64Array, turns: BoolArray, parameters: ThermalParameters
) -> Float64Array:
    """Return where both temperatures would settle under each sample's load, shape (n, 2)."""
    p = parameters
    square = drive**2
    rise = (p.load_rise_k * square + p.constant_rise_k * turns) * np.where(
        turns, 1.0, p.stopped_factor
    )
    return np.stack([air + rise + p.winding_over_frame_k * square, air + rise], axis=1)


def _scan(steps: Float64Array, inputs: Float64Array, start: Float64Array) -> Float64Array:
    """Return ``x[k+1] = S[k] x[k] + u[k]`` from `start`, shape (n + 1, 2).

    By doubling: after pass p every step spans 2^p samples, so log2 n array passes do it.
    """
    steps, inputs = steps.copy(), inputs.copy()
    reach = 1
    while reach < len(steps):
        inputs[reach:] += np.einsum("nij,nj->ni", steps[reach:], inputs[:-reach])
        steps[reach:] = np.einsum("nij,njk->nik", steps[reach:], steps[:-reach])
        reach *= 2
    states = np.einsum("nij,j->ni", steps, start) + inputs
    return np.concatenate([start[None, :], states])
