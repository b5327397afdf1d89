"""`motorwatch prognose`: recordings and stores to an outlook, and what it refuses by name."""

import json

import numpy as np
import pytest
from support.degradation import make_series
from typer.testing import CliRunner

from app.cli.main import app
from app.cli.trend_chart import COLUMNS, ROWS, trend_chart
from dsp.features import FeatureSpec
from models.prognosis.outlook import Outlook
from sensors.errors import BadConfig, BadSamples, MissingChannel, TooFewWindows

RATE_HZ, SNAPSHOT, PERIOD_S = 4000.0, 512, 600.0
MANIFEST = """
schema = 1
name = "wear"
[[recordings]]
files = "*.npz"
pattern = '(?P<unit>\\w+)\\.npz$'
rate_hz = 4000
speed_rpm = 1480
unit_id = "{{unit}}"
motor = {{ motor_id = "{{unit}}" }}
run_to_failure = {fails}
channels = [{{ column = "acceleration[0]", name = "vib", sense = "{sense}", unit = "{unit}" }}]
snapshots = {{ samples = {samples}, period_s = 600 }}
"""


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def write_motor(folder, unit, rise_db, *, seed=0, fails="true", sense="vibration", si="m/s2"):
    """Noise whose level follows `rise_db`, one snapshot each."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    gain = 10.0 ** (np.asarray(rise_db) / 20.0)
    waves = gain[:, None, None] * rng.standard_normal((gain.size, 2, SNAPSHOT))
    np.savez(folder / f"{unit}.npz", acceleration=waves.astype(np.float32))
    text = MANIFEST.format(fails=fails, sense=sense, unit=si, samples=SNAPSHOT)
    (folder / "manifest.toml").write_text(text)
    return folder / f"{unit}.npz"


def wear(count=160, *, start=40, per_window_db=0.3):
    return per_window_db * np.maximum(np.arange(count) - start, 0)


def test_a_rising_level_is_told_with_pace_and_date(tmp_path):
    done = run("prognose", write_motor(tmp_path / "a", "pump", wear()))
    assert done.exit_code == 0, done.exception
    assert "rising" in done.stdout and "inspect" in done.stdout and "█" in done.stdout
    assert "no hours" in done.stdout and "1970" not in done.stdout


def test_json_is_one_outlook_a_motor(tmp_path):
    write_motor(tmp_path / "a", "pump", wear())
    write_motor(tmp_path / "a", "fan", np.zeros(160), seed=1)
    done = run("prognose", tmp_path / "a", "--json")
    said = {one["unit_id"]: one for one in map(json.loads, done.stdout.splitlines())}
    fields = {"source", "clock", *Outlook.__struct_fields__}
    assert set(said["pump"]) == fields
    assert (said["pump"]["state"], said["fan"]["state"]) == ("rising", "no_trend")
    slope = 0.3 * 3600 / PERIOD_S
    assert said["pump"]["trend"]["slope_db_per_h"] == pytest.approx(slope, rel=0.2)
    assert said["fan"]["inspect_by_ns"] is None and said["fan"]["hours"] is None


def test_until_sees_nothing_later(tmp_path):
    whole = write_motor(tmp_path / "a", "pump", wear())
    cut = write_motor(tmp_path / "b", "pump", wear()[:110])
    early, alone = (
        json.loads(run("prognose", *words, "--json").stdout)
        for words in ((whole, "--until", 109 * PERIOD_S / 3600), (cut,))
    )
    del early["source"], alone["source"]
    assert early == alone


def lives(folder):
    for number in range(4):
        levels = wear(130 + 10 * number, start=20 + 5 * number)
        write_motor(folder, f"old{number}", levels, seed=number)
    return folder


def test_lives_of_tests_earn_no_hours_and_field_lives_must_be_enough(tmp_path):
    pump = write_motor(tmp_path / "a", "pump", wear(120), seed=9)
    known = lives(tmp_path / "lives")
    told = [
        json.loads(run("prognose", pump, "--lives", known, *more, "--json").stdout)
        for more in ((), ("--field",))
    ]
    assert [one["hours"] for one in told] == [None, None]
    assert "4 known are accelerated tests" in told[0]["hours_withheld"]
    assert "class unknown" in told[1]["hours_withheld"]


RULES_CHANGED = "least_field_failures = 3 "


def test_enough_field_lives_of_the_class_earn_hours(tmp_path):
    from models.prognosis.rules import PROGNOSIS_RULES

    rules = tmp_path / "rules.toml"
    text = PROGNOSIS_RULES.read_text().replace("least_field_failures = 9 ", RULES_CHANGED)
    assert RULES_CHANGED in text
    rules.write_text(text)
    pump = write_motor(tmp_path / "a", "pump", wear(120), seed=9)
    known = lives(tmp_path / "lives")
    for folder in (tmp_path / "a", known):
        manifest = folder / "manifest.toml"
        rated = '{ motor_id = "{unit}", nameplate = { rated_kw = 30 } }'
        manifest.write_text(manifest.read_text().replace('{ motor_id = "{unit}" }', rated))
    words = ("prognose", pump, "--lives", known, "--field", "--rules", rules)
    said = json.loads(run(*words, "--json").stdout)
    hours = said["hours"]
    assert said["hours_withheld"] is None and hours["failures"] == 4
    assert 0 < hours["low_h"] < hours["median_h"] < hours["high_h"]
    assert "remaining life: median" in run(*words).stdout


def test_a_life_that_is_judged_does_not_teach(tmp_path):
    known = lives(tmp_path / "lives")
    said = json.loads(run("prognose", known / "old0.npz", "--lives", known, "--json").stdout)
    assert "the 3 known" in (said["hours_withheld"] or "the 3 known")
    done = run("prognose", known, "--lives", known)
    assert isinstance(done.exception, TooFewWindows) and "runs to failure" in str(done.exception)


# --- stores ---------------------------------------------------------------------------------------


def test_a_store_of_reports_says_the_same_as_its_recordings(tmp_path):
    source = write_motor(tmp_path / "a", "pump", wear())
    url = f"sqlite:///{tmp_path / 'plant.db'}"
    assert run("replay", source, "--store", url, "--json").exit_code == 0
    stored = json.loads(run("prognose", "--store", url, "--motor-id", "pump", "--json").stdout)
    direct = json.loads(run("prognose", source, "--json").stdout)
    assert stored.pop("source") == url and direct.pop("source") == str(source)
    assert stored == direct


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    url = f"sqlite:///{tmp_path / 'none.db'}"
    done = run("prognose", "--store", url, "--motor-id", "pump")
    assert isinstance(done.exception, BadConfig) and "no such store" in str(done.exception)
    assert not (tmp_path / "none.db").exists()


def test_a_motor_that_a_store_does_not_know(tmp_path):
    source = write_motor(tmp_path / "a", "pump", wear(70))
    url = f"sqlite:///{tmp_path / 'plant.db'}"
    run("replay", source, "--store", url, "--json")
    done = run("prognose", "--store", url, "--motor-id", "fan")
    assert isinstance(done.exception, TooFewWindows) and "'fan'" in str(done.exception)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("x.npz", "--store", "sqlite:///y.db"),
        ("--store", "sqlite:///y.db"),
        ("x.npz", "--motor-id", "pump"),
        ("x.npz", "--field"),
        ("x.npz", "--until", "-1"),
        ("x.npz", "--until", "nan"),
        ("x.npz", "--rules", "none.toml"),
    ],
)
def test_commands_that_make_no_sense(words):
    assert isinstance(run("prognose", *words).exception, BadConfig)


def test_too_few_windows_are_named_and_the_others_still_told(tmp_path):
    short = write_motor(tmp_path / "a", "short", np.zeros(30))
    alone = run("prognose", short)
    assert isinstance(alone.exception, TooFewWindows) and "30 comparable" in str(alone.exception)
    write_motor(tmp_path / "a", "pump", wear())
    both = run("prognose", tmp_path / "a", "--json")
    assert isinstance(both.exception, TooFewWindows)
    assert [json.loads(line)["unit_id"] for line in both.stdout.splitlines()] == ["pump"]


def test_windows_of_nothing_but_nan_have_no_level(tmp_path):
    done = run("prognose", write_motor(tmp_path / "a", "pump", np.full(70, np.nan)))
    assert isinstance(done.exception, MissingChannel | TooFewWindows)


def test_some_nan_windows_are_left_out(tmp_path):
    levels = wear()
    levels[[10, 50, 90]] = np.nan
    said = json.loads(run("prognose", write_motor(tmp_path / "a", "pump", levels), "--json").stdout)
    assert (said["windows"], said["state"]) == (157, "rising")


def test_recordings_without_vibration_are_refused(tmp_path):
    done = run("prognose", write_motor(tmp_path / "a", "pump", wear(), sense="sound", si="Pa"))
    assert isinstance(done.exception, MissingChannel) and "vibration" in str(done.exception)


def test_undated_recordings_of_one_motor_have_no_order(tmp_path):
    write_motor(tmp_path / "a", "pump", wear())
    write_motor(tmp_path / "a", "fan", wear())
    manifest = tmp_path / "a" / "manifest.toml"
    manifest.write_text(manifest.read_text().replace('unit_id = "{unit}"', 'unit_id = "one"'))
    done = run("prognose", tmp_path / "a")
    assert isinstance(done.exception, BadSamples) and "no date" in str(done.exception)


def test_the_chart_keeps_its_size_and_gaps():
    series = make_series(np.concatenate([np.zeros(50), np.full(50, 12.0)]))
    lines = trend_chart(series, 0.0).splitlines()
    assert len(lines) == ROWS
    assert max(map(len, lines)) == 11 + COLUMNS
    assert "+12.0 dB" in lines[0] and "+0.0 dB" in lines[-1]
    flat = trend_chart(make_series(np.ones(3)), 1.0)
    assert flat.count("▁") == 3


def test_the_specification_has_what_the_rules_name():
    from models.prognosis.rules import load_prognosis_rules

    assert set(load_prognosis_rules().indicator.candidates) <= set(FeatureSpec().names)
