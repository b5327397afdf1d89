"""The bounded types of which messages are made; msgspec holds every decoded message to them."""

from typing import Annotated, Literal

from msgspec import Meta

FLOAT32_MAX = 3.4028234663852886e38
MAX_FEATURES = 4096

MotorId = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\A[^/+#\n]+\Z")]
Token = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\A[!-~]+\Z")]
Text = Annotated[str, Meta(max_length=2000)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Instant = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Feature = Annotated[float, Meta(ge=-FLOAT32_MAX, le=FLOAT32_MAX)]
Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Magnitude = Annotated[float, Meta(ge=0.0)]
Values = Annotated[tuple[Feature | None, ...], Meta(max_length=MAX_FEATURES)]

_ONE_LINE = r"\A[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*\Z"
Line = Annotated[str, Meta(min_length=1, max_length=500, pattern=_ONE_LINE)]
"""Text of a person for one line of a log: not blank, and without control characters."""
Operator = Annotated[str, Meta(min_length=1, max_length=120, pattern=_ONE_LINE)]

State = Literal["normal", "alert", "danger", "learning", "stopped", "unmonitored"]
SensorStatus = Literal[
    "normal", "check_function", "out_of_specification", "maintenance_required", "failure"
]
"""Health of an instrument by NAMUR NE 107."""
