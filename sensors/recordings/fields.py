"""One field of delimited text: splitting a line, and reading a number."""

import csv
import math

# What programs write where there is no value; read as NaN, which the audit reports.
BLANKS = (
    *("", "NaN", "nan", "NAN", "-NaN", "-nan", "NA", "N/A", "n/a", "#N/A", "#NA"),
    *("NULL", "null", "None", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
)
_BLANKS = frozenset(BLANKS)


def split_fields(line: str, delimiter: str) -> list[str]:
    """Split a line; a space stands for any run of white space."""
    if '"' in line:
        try:
            return next(csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True))
        except csv.Error:
            pass  # quotes that do not close are characters like any other
    return line.split() if delimiter == " " else line.split(delimiter)


def parse_number(text: str, decimal: str) -> float | None:
    """Return the number a field holds, NaN where it is blank, None where it is text."""
    text = text.strip()
    if text in _BLANKS:
        return math.nan
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    try:
        # Python alone takes 1_000 for a number.
        return None if "_" in text else float(text)
    except ValueError:
        return None
