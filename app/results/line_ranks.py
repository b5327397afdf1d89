"""Where the true line of a known defect stands among pseudo-lines of the same spectra.

The verdict says what was named; the rank says how near to chance the evidence was, also where
nothing was named.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.results.result import Cell, ResultTable
from app.results.verdicts import captures_of
from dsp.bank import envelope_bank
from dsp.comb import HARMONICS
from dsp.features.extract import shaft_frequency
from dsp.lines import HIGHEST_ORDER, LineMatch, search
from dsp.order import DefectLine, defect_lines
from dsp.spectrum import transform
from models.bearing.naming import CHANCE
from models.shaft_speed import find_speed
from sensors.capture import Capture, Sense
from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.errors import WindowTooShort
from sensors.motor import Motor
from sensors.recordings.recording import Recording

RACES = (Condition.BEARING_OUTER_RACE, Condition.BEARING_INNER_RACE)


@dataclass(frozen=True, slots=True)
class LineRank:
    """One defect line of one capture.

    Attributes
    ----------
    title : str
        The recording.
    line : DefectLine
        Which line.
    expected_hz : float
        Where kinematics and the refined speed put it.
    match : LineMatch
        What stands there, and its chance among pseudo-lines.
    rival : DefectLine or None
        The other line of the bearing that stands highest.
    rival_db : float
        Its height.
    """

    title: str
    line: DefectLine
    expected_hz: float
    match: LineMatch
    rival: DefectLine | None
    rival_db: float

    @property
    def stands(self) -> bool:
        """Whether it is above the 99th percentile of pseudo-lines."""
        return self.match.chance <= CHANCE


def rank_line(title: str, capture: Capture, motor: Motor, condition: Condition) -> LineRank | None:
    """Rank the line of one condition of the motor's first bearing.

    Returns
    -------
    LineRank or None
        None where geometry, speed, vibration or length do not allow it.
    """
    blocks = list(capture.of(Sense.VIBRATION))
    if not blocks or not motor.bearings:
        return None
    bearing = motor.bearings[0]
    lines = defect_lines(bearing)
    spectra = [(b.channel.name, transform(b.values, rate_hz=b.rate_hz)) for b in blocks]
    near = [
        spectrum
        for block, spectrum in zip(blocks, spectra, strict=True)
        if bearing.position is None or block.channel.position in (None, bearing.position)
    ]
    speed = find_speed(spectra, motor, shaft_frequency(capture, motor))
    if speed is None or condition not in {line.condition for line in lines}:
        return None
    top = HARMONICS * max(HIGHEST_ORDER, 1.5 * max(line.order for line in lines)) * 1.02
    try:
        bank = envelope_bank(near or spectra, shaft_hz=speed.hz, top_order=top)
        found = search(bank, lines, shaft_hz=speed.hz, speed_tolerance=speed.tolerance)
    except WindowTooShort:
        return None
    pairs = list(zip(lines, found, strict=True))
    line, match = next(pair for pair in pairs if pair[0].condition is condition)
    rivals = [pair for pair in pairs if pair[0] is not line]
    rival, other = max(rivals, key=lambda pair: pair[1].level_db, default=(None, None))
    rival_db = 0.0 if other is None else other.level_db
    return LineRank(title, line, line.order * speed.hz, match, rival, rival_db)


def true_lines(recordings: Iterable[Recording]) -> tuple[LineRank, ...]:
    """Rank the line of every bearing label of every recording."""
    return tuple(_ranks(recordings, lambda labels: sorted(labels & set(BEARING_CONDITIONS))))


def healthy_lines(recordings: Iterable[Recording]) -> tuple[LineRank, ...]:
    """Rank both race lines of every healthy recording: what there is to be mistaken."""
    return tuple(_ranks(recordings, lambda labels: () if labels else RACES))


def _ranks(
    recordings: Iterable[Recording],
    asked: Callable[[frozenset[Condition]], Iterable[Condition]],
) -> Iterator[LineRank]:
    for recording in recordings:
        if recording.labels is None or not (conditions := list(asked(recording.labels))):
            continue
        for title, capture in captures_of(recording):
            for condition in conditions:
                rank = rank_line(title, capture, recording.motor, condition)
                if rank is not None:
                    yield rank


def rank_table(title: str, ranks: Iterable[LineRank]) -> ResultTable:
    """Lay ranks out as a table."""
    return ResultTable(
        title=title,
        columns=(
            "recording",
            "line",
            "expected Hz",
            "found Hz",
            "height dB",
            "99 % of pseudo-lines dB",
            "chance",
            "modulation depth",
            "next line",
            "its height dB",
        ),
        rows=tuple(_row(rank) for rank in ranks),
    )


def _row(rank: LineRank) -> tuple[Cell, ...]:
    match = rank.match
    return (
        rank.title,
        rank.line.name,
        round(rank.expected_hz, 1),
        round(match.found_hz, 1),
        round(match.level_db, 1),
        round(match.bar_db, 1),
        round(match.chance, 4),
        round(match.depth, 2),
        None if rank.rival is None else rank.rival.name,
        round(rank.rival_db, 1),
    )
