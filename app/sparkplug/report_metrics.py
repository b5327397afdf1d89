"""A report as Sparkplug metrics: always the same names, so that a birth lists all there will be."""

from app.messages import Report
from app.sparkplug.wire import DataType, Metric, Value


def report_metrics(report: Report, now_ms: int) -> tuple[Metric, ...]:
    """Return the metrics of a report; what it does not know is null.

    Their time is the end of the window, or now where the recording has no date.
    """
    when_ms = report.t1_ns // 1_000_000 if report.clock == "utc" and report.t1_ns > 0 else now_ms
    values: tuple[tuple[str, DataType, Value], ...] = (
        ("Asset/Health", DataType.STRING, report.state),
        ("Asset/Escalated", DataType.BOOLEAN, report.escalate),
        ("Asset/Fault Probability", DataType.DOUBLE, report.probability),
        ("Asset/Fault Probability Low", DataType.DOUBLE, report.probability_low),
        ("Asset/Fault Probability High", DataType.DOUBLE, report.probability_high),
        ("Asset/Distance From Baseline", DataType.DOUBLE, report.distance),
        ("Operation/Speed rpm", DataType.DOUBLE, report.speed_rpm),
        ("Operation/Load", DataType.DOUBLE, report.load),
        ("Instrument/Status", DataType.STRING, report.sensor_status),
    )
    return tuple(Metric(name, datatype, value, when_ms) for name, datatype, value in values)
