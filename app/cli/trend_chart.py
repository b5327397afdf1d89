"""A level over time as a few rows of text."""

import numpy as np

from models.prognosis.series import LevelSeries

COLUMNS, ROWS = 72, 8
EIGHTHS = " ▁▂▃▄▅▆▇█"


def trend_chart(series: LevelSeries, quiet_db: float) -> str:
    """Return the medians of equal times as columns, in dB above the quiet level.

    Columns without a window stay empty.
    """
    span_ns = max(int(series.t_ns[-1] - series.t_ns[0]), 1)
    at = ((series.t_ns - series.t_ns[0]) * (COLUMNS - 1)) // span_ns
    rise = series.level_db - quiet_db
    heights = np.full(COLUMNS, np.nan)
    for column in np.unique(at):
        heights[column] = np.median(rise[at == column])
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    filled = 1 + (heights - low) / max(high - low, 1e-9) * (8 * ROWS - 1)
    eighths = np.nan_to_num(filled).round().astype(int)
    rows = []
    for row in reversed(range(ROWS)):
        bars = "".join(EIGHTHS[min(max(tall - 8 * row, 0), 8)] for tall in eighths.tolist())
        edge = {ROWS - 1: high, 0: low}.get(row)
        rows.append(f"{'' if edge is None else f'{edge:+.1f} dB':>10} {bars}".rstrip())
    return "\n".join(rows)
