"""What a bearing verdict says: the evidence for a name, or what forbids one, each in one line."""

from collections.abc import Sequence

from dsp.bank import LevelBank
from dsp.order import DefectLine
from models.bearing.family import CLEAR_DB, DEEP, Family
from models.finding import Evidence, Finding


def say_shadowed(found: Sequence[Family], shaft_hz: float) -> str | None:
    """Say that impacts repeat with the shaft where a family may stand too; None where not."""
    for family in found:
        if family.match.shadow_db >= family.match.bar_db + CLEAR_DB:
            whole = max(round(family.line.order), 1)
            return (
                f"impacts repeat at {whole} x shaft speed ({whole * shaft_hz:.1f} Hz, "
                f"{family.match.shadow_db:.0f} dB over the floor), where {family.line.name} of "
                f"{family.line.bearing} ({family.line.order:.3f}) may stand too: the two cannot be "
                "told apart at this speed; record at another speed or load"
            )
    return None


def say_ambiguous(top: Family, rival: Family) -> str:
    """Say that two families stand."""
    return (
        f"lines of {top.line.name} ({top.match.level_db:.0f} dB) and {rival.line.name} "
        f"({rival.match.level_db:.0f} dB) of {top.line.bearing} both stand out: damage is "
        "possible but its place is ambiguous; compare with this motor's own baseline"
    )


def say_shallow(top: Family) -> str:
    """Say that a family modulates too little of its band."""
    return (
        f"{top.line.name} of {top.line.bearing} stands {top.match.level_db:.0f} dB over its floor "
        f"at {top.match.found_hz:.1f} Hz but modulates only {top.match.depth:.2f} of its band "
        f"({DEEP:g} is a clear defect): too faint to name; watch its trend"
    )


def say_faint(top: Family) -> str:
    """Say that a family is deep, and yet not high enough over chance lines for its kind."""
    return (
        f"{top.line.name} of {top.line.bearing} stands {top.match.level_db:.0f} dB over its floor "
        f"at {top.match.found_hz:.1f} Hz, where chance lines reach {top.match.bar_db:.0f} dB and a "
        f"clear defect {CLEAR_DB:g} dB more: too faint to name; watch its trend"
    )


def say_electrical(
    line: DefectLine, found_hz: float, level_db: float, multiple: int, line_hz: float
) -> str:
    """Say that a family stands where the supply's own impacts would."""
    return (
        f"{line.name} of {line.bearing} stands {level_db:.0f} dB over its floor "
        f"at {found_hz:.1f} Hz, {multiple} times a supply of {line_hz:g} Hz, with which "
        "stator and drive strike too: the two cannot be told apart here; record at another load "
        "or with the power just cut"
    )


def say_smooth(top: Family) -> str:
    """Say that a family modulates without impacts."""
    harmonics = "/".join(f"{h:.0f}" for h in top.match.harmonics_db)
    return (
        f"{top.line.name} of {top.line.bearing} modulates {top.match.depth:.2f} of its band at "
        f"{top.match.found_hz:.1f} Hz but smoothly (harmonics {harmonics} dB): a load that comes "
        "and goes, and no impacts, which have harmonics alike; watch its trend"
    )


def evidence_of(bank: LevelBank, family: Family, shaft_hz: float) -> Evidence:
    """Put what was seen of a family into one line and into figures."""
    line, match = family.line, family.match
    origin = bank.origins[match.row]
    channel, band = origin.channel, origin.band_hz
    expected = line.order * shaft_hz
    harmonics = "/".join(f"{h:.0f}" for h in match.harmonics_db)
    text = (
        f"{line.name} of {line.bearing} at {match.found_hz:.1f} Hz (expected {expected:.1f}, "
        f"{match.found_hz / expected - 1:+.1%}): harmonics {harmonics} dB over the floor, chance "
        f"lines stay under {match.bar_db:.0f} dB; depth {match.depth:.2f}, kurtosis "
        f"{origin.kurtosis:.1f} in "
        f"{band[0] / 1000:.1f}-{band[1] / 1000:.1f} kHz of {channel}"
    )
    if family.sidebands_db is not None:
        low, high = family.sidebands_db
        text += f"; sidebands {low:.0f}/{high:.0f} dB"
    return Evidence(
        text=text,
        channel=channel,
        line=line.name,
        expected_hz=expected,
        found_hz=match.found_hz,
        level_db=match.level_db,
        chance=match.chance,
        band_hz=band,
        harmonics_db=match.harmonics_db,
        sidebands_db=family.sidebands_db,
    )


def say_off_speed(finding: Finding | None, abstained: str | None, shaft_hz: float) -> str:
    """Say that something stands where it would at another speed than is declared."""
    seen = abstained if finding is None else "; ".join(one.text for one in finding.evidence)
    return (
        f"{seen}: it would stand there if the speed were not {60 * shaft_hz:.0f} rpm as declared, "
        "which nothing here confirms: check the speed"
    )
