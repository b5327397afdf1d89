"""What is said of faint bearing families: the evidence for a name, or what forbids one."""

from collections.abc import Sequence

from dsp.order import SLIP_BELOW
from models.bearing.faint_family import FaintFamily
from models.bearing.reading import WIDE_TOLERANCE
from models.bearing.words import say_electrical
from models.finding import Evidence
from sensors.conditions import Condition

MOST_CAPTURES = 1e6
"""What is said goes no further, however rare: nobody has counted so many."""


def say_faint_line(top: FaintFamily, lacks: str) -> str:
    """Say that a family stands beyond chance, and what it lacks."""
    line, match = top.line, top.match
    return (
        f"{line.name} of {line.bearing} stands at {match.found_hz:.1f} Hz over the noise of "
        f"{_channels(top)}, {lacks}: too faint to name; watch its trend{_advice(top)}"
    )


def say_faint_ambiguous(top: FaintFamily, rival: FaintFamily) -> str:
    """Say that two families stand."""
    return (
        f"faint lines of {top.line.name} of {top.line.bearing} ({top.match.found_hz:.1f} Hz) and "
        f"{rival.line.name} of {rival.line.bearing} ({rival.match.found_hz:.1f} Hz) both stand "
        "out: damage is possible but its place is ambiguous; compare with this motor's own baseline"
    )


def say_faint_conflict(conditions: Sequence[Condition]) -> str:
    """Say that the ways of adding channels up name different faults."""
    names = " and ".join(conditions)
    return (
        f"faint lines of {names} stand out, each where the channels are added up in another way: "
        "damage is possible but its place is ambiguous; compare with this motor's own baseline"
    )


def say_faint_electrical(top: FaintFamily, multiple: int, line_hz: float) -> str:
    """Say that a family stands where the supply's own impacts would."""
    level_db = max(top.match.harmonics_db)
    return say_electrical(top.line, top.match.found_hz, level_db, multiple, line_hz)


def faint_evidence(top: FaintFamily, chance: float) -> Evidence:
    """Put what was seen of a faint family into one line and into figures."""
    line, match = top.line, top.match
    row = top.heard.bank.rows[match.row]
    expected = line.order * top.speed.hz
    middle = sorted(match.harmonics_db)[1]
    harmonics = "/".join(f"{h:.0f}" for h in match.harmonics_db)
    text = (
        f"{line.name} of {line.bearing} at {match.found_hz:.1f} Hz (expected {expected:.1f}, "
        f"{match.found_hz / expected - 1:+.1%}): harmonics {harmonics} dB over the noise of "
        f"{_channels(top)}; noise makes a line as likely, whichever of all looked for, in one "
        f"capture of {min(1 / chance, MOST_CAPTURES):,.0f} or more; depth {match.depth:.2f} in "
        f"{row.band_hz[0] / 1000:.1f}-{row.band_hz[1] / 1000:.1f} kHz{_advice(top)}"
    )
    wide = WIDE_TOLERANCE if top.wide else top.speed.tolerance
    return Evidence(
        text=text,
        channel=row.channels[0],
        line=line.name,
        expected_hz=expected,
        found_hz=match.found_hz,
        level_db=middle,
        chance=chance,
        band_hz=row.band_hz,
        harmonics_db=match.harmonics_db,
        tolerance_hz=(SLIP_BELOW + wide) * expected,
    )


def _channels(top: FaintFamily) -> str:
    bank = top.heard.bank
    how = ", added up as they move together" if bank.together else ""
    return ", ".join(bank.rows[top.match.row].channels) + how


def _advice(top: FaintFamily) -> str:
    """Ask for the speed where the line would stand at another than is declared."""
    if abs(top.shaft_hz / top.speed.hz - 1) <= top.speed.tolerance:
        return ""
    return (
        f"; it would stand there at {60 * top.shaft_hz:.0f} rpm, not {60 * top.speed.hz:.0f} rpm "
        "as declared, which nothing here confirms: check the speed"
    )
