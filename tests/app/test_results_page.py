import json

import pytest

from app.results.markdown import Absent, cell_text, flat_figures, page, write_json, write_markdown
from app.results.result import Result, ResultTable
from sensors.errors import OutputError


def result(**changes):
    table = ResultTable(title="Every file", columns=("file", "level"), rows=(("a|b", -0.0),))
    given = {
        "name": "skab",
        "title": "A pump rig",
        "protocol": "Unit: the file.",
        "tables": (table,),
        "figures": {"files": 1, "rate": None},
        "remarks": ("One rig.",),
        "aim": "none",
        "outcome": "1 of 1",
    }
    return Result(**{**given, **changes})


def test_a_section_says_command_source_licence_protocol_and_remarks():
    text = page([result()])
    assert "| [skab](#result-skab) | real | none | 1 of 1 |" in text
    assert "`motorwatch evaluate skab`" in text
    assert "waico/SKAB" in text
    assert "Licence: GPL-3.0." in text
    assert "**Protocol.** Unit: the file." in text
    assert "| a\\|b | 0 |" in text
    assert "- One rig." in text
    assert "Not present" not in text


def test_what_is_not_real_is_labelled_and_what_is_absent_listed():
    text = page([result(data="simulated")], [Absent("mfpt", "data set mfpt is not there")])
    assert "## A pump rig (simulated)" in text
    assert "data of this section is simulated" in text
    assert "| simulated |" in text
    assert "- **mfpt**: data set mfpt is not there" in text


def test_long_tables_are_folded_and_text_makes_no_tags():
    rows = tuple((f"<{k}>", k) for k in range(40))
    text = page([result(tables=(ResultTable(title="t", columns=("f", "n"), rows=rows),))])
    assert "<details><summary><b>t</b> (40 rows)</summary>" in text
    assert "| &lt;7> | 7 |" in text


def test_a_result_without_an_outcome_shows_its_figures():
    text = page([result(outcome="", figures={"units_right": 3, "units": 4})])
    assert "| units right 3, units 4 |" in text


@pytest.mark.parametrize(
    ("cell", "text"), [(None, "–"), (-0.0, "0"), (0.123456789, "0.123457"), (12, "12"), ("x", "x")]
)
def test_cells(cell, text):
    assert cell_text(cell) == text


def test_figures_are_flat(tmp_path):
    path = tmp_path / "build" / "results.json"
    results = [result(), result(name="itsc", figures={"files": 30})]
    write_json(results, path)
    assert json.loads(path.read_text()) == {"skab.files": 1, "skab.rate": None, "itsc.files": 30}
    assert json.loads(path.read_text()) == flat_figures(results)


def test_writing_is_whole_or_not_at_all(tmp_path):
    blocked = tmp_path / "page.md"
    blocked.mkdir()
    with pytest.raises(OutputError, match=r"page\.md: is a folder"):
        write_markdown([result()], blocked)
    assert list(tmp_path.iterdir()) == [blocked]
    path = tmp_path / "docs" / "RESULTS.md"
    write_markdown([result()], path)
    assert path.read_text().startswith("# Results")
    assert [p.name for p in path.parent.iterdir()] == ["RESULTS.md"]
