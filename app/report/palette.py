"""The colours of plots and page, by role, for light and for dark paper.

Figures are drawn in the light colours; inside a page each becomes a CSS variable of its role, so
they follow the reader's theme and print dark on white; so no two roles may share a light colour.
The states differ in lightness as well as in hue: simulated red- and green-blindness (Machado 2009,
doi:10.1109/TVCG.2009.113) leaves them 20 or more apart in CIELAB; and each is named besides.
"""

from app.messages import State

LIGHT = {
    "paper": "#ffffff",
    "ink": "#16202b",
    "muted": "#5a6876",
    "rule": "#dfe4e9",
    "signal": "#1d5fa6",
    "signal-soft": "#9fc0e2",
    "reference": "#98a2ad",
    "found": "#c2410c",
    "expected": "#f3c9a8",
    "other": "#7d8894",
    "alert-line": "#b47b00",
    "normal": "#4fb08c",
    "learning": "#8cc4ea",
    "stopped": "#6a7480",
    "unmonitored": "#d3d9df",
    "alert": "#eda91c",
    "danger": "#9d1140",
    "sensor": "#6f3fa0",
    "sensor-normal": "#cdd4db",
    "on-normal": "#10161d",
    "on-learning": "#11161d",
    "on-stopped": "#fffffe",
    "on-unmonitored": "#12161d",
    "on-alert": "#13161d",
    "on-danger": "#fefeff",
}
DARK = {
    "paper": "#151b22",
    "ink": "#e6ebf0",
    "muted": "#9aa7b4",
    "rule": "#2b343e",
    "signal": "#6fb1f5",
    "signal-soft": "#2f567f",
    "reference": "#6b7783",
    "found": "#ff8a4c",
    "expected": "#6b4226",
    "other": "#8794a1",
    "alert-line": "#e3ab2d",
    "normal": "#237a5a",
    "learning": "#4d93c4",
    "stopped": "#c3ccd5",
    "unmonitored": "#3a444f",
    "alert": "#f0b429",
    "danger": "#ff5c8a",
    "sensor": "#b98be6",
    "sensor-normal": "#3d4853",
    "on-normal": "#ffffff",
    "on-learning": "#10161d",
    "on-stopped": "#10161d",
    "on-unmonitored": "#e6ebf0",
    "on-alert": "#10161d",
    "on-danger": "#10161d",
}
STATE_SIGNS: dict[State, str] = {
    "normal": "●",
    "learning": "◔",
    "stopped": "■",
    "unmonitored": "○",
    "alert": "▲",
    "danger": "◆",
}
"""A shape for each state, so that none is told by colour alone."""


def css_variables(colours: dict[str, str]) -> str:
    """Return the colours as declarations for a style sheet."""
    return " ".join(f"--{role}: {colour};" for role, colour in colours.items())
