"""How far up a channel really carries signal, whatever its declared rate promises."""

from collections.abc import Iterator

import numpy as np

from dsp.audit.survey import Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import Sense

BANDS = 64
LEAST_BINS = 16 * BANDS
"""Fewer bins than 16 to a band make its median a matter of chance."""
CLIFF_DB = 30.0
"""Fall within three bands that no mechanical roll-off makes, but a filter or resampling does."""
HIGHEST_CLIFF = 0.8
"""Share of Nyquist above which a cliff is the ordinary anti-alias filter."""
LOWEST_BAND = 4
"""Bands needed below the cliff to say what level it falls from."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Note channels that are empty from some frequency on: resampled, or filtered."""
    for survey in scene.waveforms(Sense.VIBRATION, Sense.SOUND):
        nyquist_hz = survey.block.rate_hz / 2
        content_hz = bandwidth_hz(survey)
        if content_hz < nyquist_hz:
            yield survey.note(
                "bandwidth",
                "note",
                f"nothing above {content_hz:.0f} Hz of {nyquist_hz:.0f} Hz: filtered, or raised "
                f"from a rate near {2 * content_hz:.0f} Hz; judged as {content_hz:.0f} Hz wide",
            )


def bandwidth_hz(survey: Survey) -> float:
    """Return the frequency above which the channel is empty; Nyquist where there is no cliff."""
    nyquist_hz = survey.block.rate_hz / 2
    if survey.bins is None or survey.bins.size <= LEAST_BINS:
        return nyquist_hz
    width = (survey.bins.size - 1) // BANDS
    power = survey.bins.real**2 + survey.bins.imag**2
    medians = np.median(power[1 : 1 + BANDS * width].reshape(BANDS, width), axis=1)
    level_db = 10 * np.log10(np.maximum(medians, 1e-30))
    beyond = np.maximum.accumulate(level_db[::-1])[::-1]
    last = int(HIGHEST_CLIFF * BANDS)
    falls = [
        float(np.median(level_db[edge - LOWEST_BAND : edge])) - float(beyond[edge + 2])
        for edge in range(LOWEST_BAND, last)
    ]
    steepest = int(np.argmax(falls))
    if falls[steepest] < CLIFF_DB:
        return nyquist_hz
    return (LOWEST_BAND + steepest + 1) / BANDS * nyquist_hz
