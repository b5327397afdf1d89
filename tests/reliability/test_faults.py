"""The measures of reliability, each in its short form; times are for `make chaos` to judge."""

import shutil

import pytest

pytest.importorskip("paho", reason="needs the extra live")
pytest.importorskip("cryptography", reason="needs the extra live")

from reliability.__main__ import MEASURES, measured
from reliability.row import Row
from reliability.scale import SHORT


def rows_of(name: str) -> list[Row]:
    if shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("needs mosquitto (apt-get install mosquitto)")
    return measured([name], SHORT)


def is_timed(row: Row) -> bool:
    return row.required.split(" ")[-1] in ("s", "ms", "second")


@pytest.mark.parametrize("name", MEASURES)
def test_what_is_required_comes_out(name: str) -> None:
    rows = rows_of(name)
    missing = [row.found for row in rows if row.found.startswith("not measured")]
    if missing and len(missing) == len(rows):
        pytest.skip(missing[0])
    assert any(row.met is not None for row in rows)
    assert not [row for row in rows if row.met is False and not is_timed(row)]
