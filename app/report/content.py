"""What a page says of one motor, in words and tables; how it looks is the template's matter."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.card_words import (
    EvidenceRow,
    alternatives_text,
    confidence_text,
    evidence_rows,
    severity_text,
)
from app.messages import Alarm, State
from app.report.columns import STATES
from app.report.palette import STATE_SIGNS
from app.report.plots import Plot
from app.report.provenance import Row, provenance
from app.report.remembered import NoteSeen, Sighting, strength
from app.report.story import Story
from app.report.time_axis import NS, say_duration, say_instant
from app.report.words import (
    NO_LIFE,
    condition_words,
    confidence_words,
    explain,
    sensor_words,
)
from models.card import Card
from models.finding import Diagnosis, Finding
from sensors.conditions import BEARING_CONDITIONS, Condition

SHOWN_CANDIDATES = 5
NOTE_LEVELS = ("refuse", "warning", "note", "ok")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer at the top: what state, since when, what it is, and how sure.

    `after` completes `since` where a sentence needs it: times of an undated recording count from
    its start. Of a single undated capture there is nothing to count, and `since` is empty.
    """

    state: State
    sign: str
    since: str
    after: str
    what: str
    confidence: str
    sensors: str


@dataclass(frozen=True, slots=True)
class CardView:
    """One condition that was named, with its evidence card and how often it was seen."""

    card: Card
    rows: tuple[EvidenceRow, ...]
    confidence: str
    severity: str
    alternatives: str
    seen: str
    picture: Plot | None


@dataclass(frozen=True, slots=True)
class Section:
    """Everything a page says of one motor."""

    anchor: str
    motor_id: str
    title: str
    simulated: bool
    verdict: Verdict
    facts: tuple[Row, ...]
    findings: tuple[CardView, ...]
    alarms: tuple[tuple[str, str, str, str, str], ...]
    alarms_dropped: int
    notes: tuple[tuple[str, str, str, str, str], ...]
    passed: str
    sensors: tuple[Row, ...]
    provenance: tuple[Row, ...]
    plots: tuple[Plot, ...]


def urgency(story: Story) -> tuple[int, tuple[float, float]]:
    """Order motors by what should be looked at first, highest first."""
    found = max((strength(s.strongest) for s in story.sightings), default=(0.0, 0.0))
    return STATES.index(judged_state(story)[0]), found


def judged_state(story: Story) -> tuple[State, int]:
    """Return the state at the end with its beginning: an open alarm's, unless it got worse."""
    alarm = story.open_alarm
    if alarm is None or STATES.index(story.state) > STATES.index(alarm.state):
        return story.state, story.state_since_ns
    return alarm.state, alarm.opened_ns


def section(
    story: Story, number: int, plots: tuple[Plot, ...], pictures: Mapping[Condition, Plot]
) -> Section:
    """Put a story into words."""
    passed = [seen.note.check for seen in story.notes if seen.note.level == "ok"]
    troubled = {seen.note.check for seen in story.notes if seen.note.level != "ok"}
    return Section(
        anchor=f"motor-{number}",
        motor_id=story.motor.motor_id,
        title=story.title,
        simulated=story.simulated,
        verdict=_verdict(story),
        facts=_facts(story),
        findings=tuple(_view(story, sighting, pictures) for sighting in story.sightings),
        alarms=tuple(_alarm(story, alarm) for alarm in story.alarms),
        alarms_dropped=story.dropped_alarms,
        notes=_notes(story),
        passed=", ".join(dict.fromkeys(check for check in passed if check not in troubled)),
        sensors=_sensors(story),
        provenance=provenance(story),
        plots=plots,
    )


def _when(story: Story, t_ns: int) -> str:
    return say_instant(t_ns, story.clock, story.first_ns)


def _verdict(story: Story) -> Verdict:
    state, since_ns = judged_state(story)
    sighting = next(iter(story.sightings), None)
    return Verdict(
        state=state,
        sign=STATE_SIGNS[state],
        since=_since(story, since_ns),
        after=" into the recording" if story.windows and story.clock == "unknown" else "",
        what=_headline(story, state),
        confidence="–" if sighting is None else confidence_words(sighting.strongest.confidence),
        sensors=sensor_words(story.sensor_status) if story.windows or story.diagnosed else "–",
    )


def _since(story: Story, since_ns: int) -> str:
    if not story.windows and not story.diagnosed:
        return "nothing was judged"
    one_undated = not story.windows and story.diagnosed == 1 and story.clock == "unknown"
    return "" if one_undated else _when(story, since_ns)


def _headline(story: Story, state: State) -> str:
    if story.sightings:
        finding = story.sightings[0].strongest
        hint = " (a hint, not a verdict)" if finding.confidence == "low" else ""
        where = _which_bearing(story, finding)
        return f"Signs of a fault: {condition_words(finding.condition)}{where}{hint}"
    alarm = story.open_alarm
    if alarm is not None:
        why = alarm.reasons[0] if alarm.reasons else "no reason was given"
        return f"Alarm without a named fault: {why}"
    if state in ("alert", "danger"):
        return "Raised, without a named fault and without a confirmed alarm"
    if state == "stopped":
        return "The motor stood still; nothing can be said of its health"
    if story.last_diagnosis is not None and story.last_diagnosis.abstained:
        if any(sense.doubts for sense in story.last_diagnosis.senses):
            return "Something stands out, but not enough to name a fault; see below"
        return "No fault could be judged; see the reason below"
    if not story.diagnosed:
        return "No capture was diagnosed"
    return "No fault found" + ("; baseline still being learnt" if state == "learning" else "")


def _which_bearing(story: Story, finding: Finding) -> str:
    """Name the bearing that a finding is about, where only one can be meant."""
    bearings = story.motor.bearings
    if finding.condition not in BEARING_CONDITIONS or len(bearings) != 1:
        return ""
    position = f" ({bearings[0].position})" if bearings[0].position else ""
    return f" of {bearings[0].name}{position}"


def _facts(story: Story) -> tuple[Row, ...]:
    rows = [("Watched", _watched(story))]
    alarm = story.open_alarm
    if alarm is not None:
        rows.append(("Alarm", f"open since {_when(story, alarm.opened_ns)}"))
    if story.sightings:
        finding, card = story.sightings[0].strongest, story.sightings[0].card
        rows.append(("Evidence", explain(finding)))
        rows.append(("Severity", severity_text(card)))
        rows.append(("Check", "; ".join(card.checks)))
        rows.append(("How soon", f"{card.soon} {NO_LIFE}"))
    last = story.last_diagnosis
    if last is not None and last.abstained:
        rows.append(("Why no more is said", last.abstained))
    if last is not None and last.provisional:
        rows.append(("Provisional", _candidates(last)))
    counts = [f"{state} {count}" for state, count in story.windows_in.items() if count]
    if len(counts) > 1:
        rows.append(("Windows by state", ", ".join(counts)))
    return tuple(rows)


def _watched(story: Story) -> str:
    captures = f"{story.diagnosed} capture{'' if story.diagnosed == 1 else 's'} diagnosed"
    if not story.windows:
        return captures
    span_s = (story.last_ns - story.first_ns) / NS
    over = f" over {say_duration(span_s)}" if span_s > 1.1 * story.signal_s else ""
    signal = say_duration(story.signal_s)
    return f"{story.windows} windows, {signal} of signal{over}; {captures}"


def _candidates(diagnosis: Diagnosis) -> str:
    said = [
        f"{c.bearing} ({condition_words(c.condition)}, {c.level_db:.0f} dB)"
        for c in diagnosis.provisional[:SHOWN_CANDIDATES]
    ]
    return "bearings of the catalogue that would make the lines seen: " + "; ".join(said)


def _view(story: Story, sighting: Sighting, pictures: Mapping[Condition, Plot]) -> CardView:
    first, last = _when(story, sighting.first_ns), _when(story, sighting.last_ns)
    span = first if sighting.times == 1 else f"{first} to {last}"
    card = sighting.card
    return CardView(
        card=card,
        rows=evidence_rows(card),
        confidence=confidence_text(card),
        severity=severity_text(card),
        alternatives=alternatives_text(card),
        seen=f"in {sighting.times} of {story.diagnosed} captures: {span}"
        if story.diagnosed > 1
        else "",
        picture=pictures.get(card.condition),
    )


def _alarm(story: Story, alarm: Alarm) -> tuple[str, str, str, str, str]:
    closed = "still open" if alarm.closed_ns is None else _when(story, alarm.closed_ns)
    reasons = "; ".join(alarm.reasons)
    return alarm.state, _when(story, alarm.opened_ns), closed, f"{alarm.peak:.3g}", reasons


def _notes(story: Story) -> tuple[tuple[str, str, str, str, str], ...]:
    worst_first = sorted(story.notes, key=lambda seen: NOTE_LEVELS.index(seen.note.level))
    return tuple(_note(story, seen) for seen in worst_first if seen.note.level != "ok")


def _note(story: Story, seen: NoteSeen) -> tuple[str, str, str, str, str]:
    refuses = f". Refused for: {', '.join(seen.note.refuses)}" if seen.note.refuses else ""
    times = f"{seen.times} of {story.diagnosed}"
    channel = seen.note.channel or "all"
    return seen.note.level, seen.note.check, channel, seen.note.text + refuses, times


def _sensors(story: Story) -> tuple[Row, ...]:
    if not story.windows:
        return ()
    since = _when(story, story.sensor_since_ns)
    return (("NAMUR NE 107", f"{sensor_words(story.sensor_status)}, since {since}"),)
