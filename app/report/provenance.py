"""Where a story comes from: source, release, features, and the facts of motor and channels."""

from app.report.story import Story
from sensors.motor import Bearing, Motor

Row = tuple[str, str]


def provenance(story: Story) -> tuple[Row, ...]:
    """List what judged whose signals, and on which facts."""
    rows = [
        ("Source", story.title),
        ("Signals", "simulated" if story.simulated else "recorded"),
        ("Clock", "UTC" if story.clock == "utc" else "unknown: times count from the start"),
        ("Release", story.release_id or "none: physics rules only"),
        ("Feature spec", f"{story.spec_id} ({len(story.spec.names)} features)"),
        ("Motor facts", f"{story.motor.motor_hash}: {_nameplate(story.motor)}"),
    ]
    rows += [(f"Bearing {b.position or ''}".strip(), _bearing(b)) for b in story.motor.bearings]
    if not story.motor.bearings:
        rows.append(("Bearings", "not declared"))
    for measured in story.measured:
        channel = measured.channel
        said = f"{channel.name}: {channel.sense}, {channel.unit} at {measured.rate_hz:g} Hz"
        rows.append(("Channel", said))
    return tuple(rows)


def _nameplate(motor: Motor) -> str:
    plate = motor.nameplate
    known = {
        "kW": plate.rated_kw,
        "rpm": plate.rated_rpm or motor.nominal_rpm,
        "V": plate.rated_voltage_v,
        "A": plate.rated_current_a,
        "Hz": plate.line_hz,
        "poles": plate.poles,
    }
    said = [f"{value:g} {unit}" for unit, value in known.items() if value is not None]
    return ", ".join(said) or "no nameplate"


def _bearing(bearing: Bearing) -> str:
    orders = {
        "BPFO": bearing.bpfo,
        "BPFI": bearing.bpfi,
        "2 x BSF": None if bearing.bsf is None else 2 * bearing.bsf,
        "FTF": bearing.ftf,
    }
    known = ", ".join(f"{name} {order:.4f}" for name, order in orders.items() if order is not None)
    source = f"; source: {bearing.source}" if bearing.source else ""
    return f"{bearing.name}: {known} × shaft speed{source}"
