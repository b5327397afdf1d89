"""Whether a microphone hears what a housing does: coherence of sound and vibration, as a figure.

Coherence near one says that the sound of a band is this machine's; near chance, that the microphone
hears something else, and its lines speak for nobody.
"""

from collections.abc import Sequence

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.coherence import chance_coherence, coherence, segment_count
from dsp.third_octave import OCTAVE, Float64Array
from models.finding import Evidence, Measure
from models.sound.limits import SoundLimits, load_sound_limits
from sensors.capture import Capture, SampleBlock, Sense

CHANCE = 0.01
"""The coherence that strangers reach once in a hundred is told beside the one found."""


def heard_and_felt(
    capture: Capture,
    notes: tuple[AuditNote, ...],
    band_hz: tuple[float, float],
    *,
    limits: SoundLimits | None = None,
) -> tuple[Measure, ...]:
    """Measure how much of the sound in a band is the housing's vibration.

    Parameters
    ----------
    capture : Capture
        With a microphone and a vibration channel over the same time, of any two rates.
    notes : tuple of AuditNote
        Of the same capture: refused channels are left out.
    band_hz : tuple of float
        Where, such as the demodulation band of a bearing line that was heard.
    limits : SoundLimits, optional
        Other limits than `sound.toml`.

    Returns
    -------
    tuple of Measure
        The best mean coherence of any pair and what chance reaches; empty where nothing fits.
    """
    rule = (limits or load_sound_limits()).coherence
    pairs = [
        (mic, body)
        for mic in _fit(capture, notes, Sense.SOUND, "sound")
        for body in _fit(capture, notes, Sense.VIBRATION, "vibration")
        if _common_s(mic, body) >= rule.least_s and band_hz[1] < min(mic.rate_hz, body.rate_hz) / 2
    ]
    if not pairs:
        return ()
    lines = np.linspace(*band_hz, rule.lines + 2)[1:-1]
    found = [_coherence(mic, body, lines, rule.segment_s) for mic, body in pairs]
    shortest_s = min(_common_s(mic, body) for mic, body in pairs)
    chance = chance_coherence(segment_count(shortest_s, rule.segment_s), CHANCE)
    return (
        Measure(name="coherence_with_vibration", value=max(found), unit="1"),
        Measure(name="coherence_by_chance", value=chance, unit="1"),
    )


def band_heard(evidence: Sequence[Evidence]) -> tuple[float, float] | None:
    """Return the band in which sound shows a line; None where it shows none."""
    bands = [one.band_hz for one in evidence if one.sense is Sense.SOUND and one.band_hz]
    if bands:
        return bands[0]
    places = [one.expected_hz for one in evidence if one.sense is Sense.SOUND and one.expected_hz]
    return (places[0] / OCTAVE**0.5, places[0] * OCTAVE**0.5) if places else None


def _fit(
    capture: Capture, notes: tuple[AuditNote, ...], sense: Sense, kind: str
) -> list[SampleBlock]:
    return [
        block
        for block in capture.of(sense)
        if block.values.size and refused(notes, kind, channel=block.channel.name) is None
    ]


def _common_s(mic: SampleBlock, body: SampleBlock) -> float:
    """Return how long both last; zero where they do not begin together."""
    apart_s = abs(mic.t0_ns - body.t0_ns) * 1e-9
    slower = min(mic.rate_hz, body.rate_hz)
    return min(mic.duration_s, body.duration_s) if apart_s * slower < 1.0 else 0.0


def _coherence(mic: SampleBlock, body: SampleBlock, lines: Float64Array, segment_s: float) -> float:
    shared = coherence(
        mic.values,
        body.values,
        rates_hz=(mic.rate_hz, body.rate_hz),
        lines_hz=lines,
        segment_s=segment_s,
    )
    return float(np.nanmean(shared)) if np.isfinite(shared).any() else 0.0
