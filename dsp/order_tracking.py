"""Order tracking: samples at equal steps of angle, where lines of a varying shaft stand still.

The angle comes from a speed signal, from the pulses of a tachometer, or from the phase of a line
that the shaft itself makes. A transform over angle has orders where one over time has hertz.
"""

import numpy as np
import numpy.typing as npt
from scipy import fft

from dsp.spectrum import BlockSpectrum, RealArray, transform
from sensors.errors import BadSamples, WindowTooShort

Revolutions = npt.NDArray[np.float64]

PASS_SHARE = 1.28
"""Kept above the highest order wanted, so that the edge of the filter stays clear of it."""
OVERSAMPLING = 16.0
"""Samples to a period of the highest frequency kept: cubic interpolation then errs by 1e-4."""
HYSTERESIS = 0.25
"""A pulse is over when the signal has fallen by this share of its range below the middle."""

END_PARTS = 20
"""One part in so many of a block, at either end, is where a line's phase cannot be trusted."""


def revolutions_of_speed(
    rpm: RealArray, *, speed_rate_hz: float, rate_hz: float, n: int, delay_s: float = 0.0
) -> Revolutions:
    """Integrate a speed signal to the shaft's angle at each sample of another channel.

    Parameters
    ----------
    rpm : float array, shape (m,)
        Speed at ``speed_rate_hz``, finite and above 0; straight lines between the samples.
    rate_hz : float
        Of the other channel.
    n : int
        Its number of samples.
    delay_s : float
        How much later than the speed signal it began.

    Returns
    -------
    float64 array, shape (n,)
        Revolutions since the first of the n samples. Beyond its ends the speed stays as it was.

    Raises
    ------
    BadSamples
        The speed is not finite and positive throughout.
    """
    turns_hz = np.asarray(rpm, np.float64) / 60
    if not turns_hz.size or not np.all(np.isfinite(turns_hz)) or turns_hz.min() <= 0:
        raise BadSamples("the speed signal stops, turns back or has gaps; give a running shaft's")
    steps = (turns_hz[1:] + turns_hz[:-1]) / 2 / speed_rate_hz
    angle = np.concatenate(([0.0], np.cumsum(steps)))
    t = np.arange(n) / rate_hz + delay_s
    place = np.clip(t * speed_rate_hz, 0.0, turns_hz.size - 1.0)
    left = np.minimum(place.astype(np.intp), max(turns_hz.size - 2, 0))
    right = np.minimum(left + 1, turns_hz.size - 1)
    into = place - left
    rise = turns_hz[right] - turns_hz[left]
    inside = angle[left] + into * (turns_hz[left] + into * rise / 2) / speed_rate_hz
    # Outside the speed signal the shaft goes on at the speed it had at that end.
    beyond = (t - place / speed_rate_hz) * np.where(t < 0, turns_hz[0], turns_hz[-1])
    return _from_zero(inside + beyond)


def revolutions_of_pulses(pulses: RealArray, *, per_turn: int = 1) -> Revolutions:
    """Return the shaft's angle at each sample of a tachometer's pulses.

    Rising crossings of the middle of the range, read between samples, are equal steps of angle;
    between them the angle follows a straight line. A crossing counts anew only after the signal
    has fallen clear of the middle.

    Parameters
    ----------
    pulses : float array, shape (n,)
    per_turn : int
        Pulses in one revolution.

    Returns
    -------
    float64 array, shape (n,)
        Revolutions since the first sample; the first and last steps go on beyond the pulses.

    Raises
    ------
    WindowTooShort
        Fewer than three pulses.
    """
    x = np.asarray(pulses, np.float64)
    lowest, highest = float(x.min()), float(x.max())
    middle, clear = (lowest + highest) / 2, HYSTERESIS * (highest - lowest)
    state = np.where(x >= middle, 1, np.where(x < middle - clear, -1, 0))
    known = np.maximum.accumulate(np.where(state != 0, np.arange(x.size), 0))
    held = state[known]
    rising = np.flatnonzero((held[1:] == 1) & (held[:-1] != 1))
    if rising.size < 3:
        raise WindowTooShort(f"{rising.size} tachometer pulses give no angle; three or more do")
    before, after = x[rising], x[rising + 1]
    at = rising + np.clip((middle - before) / np.maximum(after - before, 1e-300), 0.0, 1.0)
    first, last = at[1] - at[0], at[-1] - at[-2]
    knots = np.concatenate(([at[0] - first * np.ceil(at[0] / first + 1)], at))
    turns = np.concatenate(([-np.ceil(at[0] / first + 1)], np.arange(at.size, dtype=np.float64)))
    tail = np.ceil((x.size - at[-1]) / last + 1)
    knots = np.concatenate((knots, [at[-1] + tail * last]))
    turns = np.concatenate((turns, [at.size - 1 + tail]))
    angle = np.interp(np.arange(x.size), knots, turns) / per_turn
    return _from_zero(angle)


def revolutions_of_line(
    spectrum: BlockSpectrum, lo_hz: float, hi_hz: float, *, order: float = 1.0
) -> Revolutions:
    """Return the shaft's angle from the phase of a line that it makes itself.

    Parameters
    ----------
    spectrum : BlockSpectrum
        Of n samples.
    lo_hz, hi_hz : float
        A band that holds the line at all its speeds, and no other line near its strength.
    order : float
        Which multiple of the shaft's frequency the line is.

    Returns
    -------
    float64 array, shape (n,)
        Revolutions since the first sample. The first and last twentieth go on at the speed that is
        seen beside them: at the ends of a window a line's phase cannot be trusted.

    Raises
    ------
    WindowTooShort
        The band holds fewer than 4 bins.
    """
    first, last = spectrum.index(lo_hz), spectrum.index(hi_hz)
    if last - first < 4:
        raise WindowTooShort(
            f"the band from {lo_hz:g} to {hi_hz:g} Hz is too narrow to follow a line in; "
            "use a longer window"
        )
    # The band is shifted to zero, so that a short transform carries its phase.
    centre = (first + last) // 2
    size = fft.next_fast_len(8 * (last - first))
    short = np.zeros(size, np.complex128)
    short[: last - centre] = spectrum.bins[centre:last]
    short[first - centre :] = spectrum.bins[first:centre]
    slow = np.unwrap(np.angle(fft.ifft(short))) / (2 * np.pi)
    at = np.arange(spectrum.n) * (size / spectrum.n)
    shift = np.interp(at, np.arange(size), slow)
    angle = (shift + centre * np.arange(spectrum.n) / spectrum.n) / order
    return _from_zero(_mended_ends(angle))


def angle_spectrum(
    spectrum: BlockSpectrum, revolutions: Revolutions, *, top_order: float
) -> BlockSpectrum:
    """Sample a block at equal steps of angle, and transform it over angle.

    Parameters
    ----------
    spectrum : BlockSpectrum
        The block over time, of n samples.
    revolutions : float64 array, shape (n,)
        Angle of the shaft at each of them, rising throughout.
    top_order : float
        Highest order wanted.

    Returns
    -------
    BlockSpectrum
        Whose ``rate_hz`` is samples a revolution, so that its hertz are orders. Whole
        revolutions only; a tenth of them is cut away in all, where the filter sees the ends.

    Raises
    ------
    BadSamples
        The shaft turns back or stands still.
    WindowTooShort
        Fewer than ten revolutions.
    """
    speed = np.diff(revolutions)
    if speed.min() <= 0:
        raise BadSamples("the angle does not rise throughout; orders need a shaft that turns on")
    smooth, step = _low_passed(spectrum, PASS_SHARE * top_order * float(speed.max()))
    margin = 0.05 * (revolutions[-1] - revolutions[0])
    turns = int(revolutions[-1] - revolutions[0] - 2 * margin)
    if turns < 10:
        raise WindowTooShort(f"{turns} revolutions are too few for orders; ten or more are needed")
    # What the filter keeps at the slowest moment stands at higher orders: it must not fold back.
    swing = 1 + float(speed.max() / speed.min())
    per_turn = fft.next_fast_len(int(np.ceil(swing * PASS_SHARE * top_order)) + 1)
    angles = revolutions[0] + margin + np.arange(turns * per_turn) / per_turn
    at = np.interp(angles, revolutions, np.arange(spectrum.n, dtype=np.float64))
    return transform(_cubic(smooth, at / step), rate_hz=float(per_turn))


def _mended_ends(angle: Revolutions) -> Revolutions:
    """Return the angle with its outer parts at the speed of the parts beside them.

    A transform joins the block's end to its start. Where the line does not fit on to itself there,
    its band-limited phase swings, or even turns back, near both.
    """
    cut = angle.size // END_PARTS
    if not cut:
        return angle
    first = (angle[2 * cut] - angle[cut]) / cut
    last = (angle[-1 - cut] - angle[-1 - 2 * cut]) / cut
    mended, outward = angle.copy(), np.arange(1, cut + 1)
    mended[:cut] = angle[cut] - first * outward[::-1]
    mended[-cut:] = angle[-1 - cut] + last * outward
    return mended


def _from_zero(angle: Revolutions) -> Revolutions:
    started: Revolutions = angle - angle[0]
    return started


def _low_passed(spectrum: BlockSpectrum, share: float) -> tuple[RealArray, float]:
    """Return the block without what is above `share` cycles a sample, and its new step."""
    kept = min(int(share * spectrum.n) + 1, spectrum.bins.size)
    size = fft.next_fast_len(int(np.ceil(OVERSAMPLING * kept)), real=True)
    bins = np.zeros(size // 2 + 1, np.complex128)
    bins[:kept] = spectrum.bins[:kept]
    return fft.irfft(bins, size) * (size / spectrum.n), spectrum.n / size


def _cubic(x: RealArray, at: npt.NDArray[np.float64]) -> RealArray:
    """Return values between samples by Lagrange's cubic through the four nearest."""
    left = np.clip(at.astype(np.intp), 1, x.size - 3)
    u = at - left
    before, here, after, beyond = (x[left + k] for k in (-1, 0, 1, 2))
    value: RealArray = (
        -u * (u - 1) * (u - 2) / 6 * before
        + (u + 1) * (u - 1) * (u - 2) / 2 * here
        - (u + 1) * u * (u - 2) / 2 * after
        + (u + 1) * u * (u - 1) / 6 * beyond
    )
    return value
