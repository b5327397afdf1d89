"""Plots show what they claim: places, units, names, intervals; pixels are not compared."""

import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from impacts import BEARING, RATE_HZ, impacts
from report_stories import (
    CHANNEL,
    MOTOR,
    OUTER_HZ,
    SHAFT_HZ,
    SPEC,
    capture,
    empty_story,
    faulty_capture,
    healthy_capture,
    outer_race,
    report,
    said,
    scored,
    worn_story,
)

from app.report.canvas import house_style, inline_svg, new_figure
from app.report.envelope_plot import alike, envelope_figure
from app.report.feature_scale import shown
from app.report.palette import DARK, LIGHT
from app.report.plots import Plot, story_plots
from app.report.probability_plot import FARTHEST
from app.report.spectra import extremes, find_block, peaks, thin, view_spectrum
from app.report.story import Story
from app.report.timeline_plot import timeline_figure
from app.report.trend_plot import movements
from app.report.waveform_plot import waveform_figure
from dsp.features.spec import FeatureSpec
from dsp.order import SLIP_ABOVE, SLIP_BELOW
from sensors.capture import Channel, Sense, Unit
from sensors.errors import MissingChannel, MissingDependency
from sensors.motor import Motor

SVG = "{http://www.w3.org/2000/svg}"
EXPECTED_HZ = BEARING.bpfo * SHAFT_HZ


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()).strip() for node in ET.fromstring(svg).iter(f"{SVG}text")]


def titled(plots: tuple[Plot, ...], start: str) -> Plot:
    return next(plot for plot in plots if plot.title.startswith(start))


@pytest.fixture(scope="module")
def worn() -> Story:
    return worn_story()


@pytest.fixture(scope="module")
def plots(worn: Story) -> tuple[Plot, ...]:
    return story_plots(worn)


def test_every_plot_of_a_whole_story_is_there(plots: tuple[Plot, ...]) -> None:
    starts = ["Health", "Features", "Envelope", "Amplitude", "Waveform"]
    assert [plot.title.split()[0] for plot in plots] == starts
    assert all(plot.svg and plot.caption for plot in plots)


def test_svgs_are_well_formed_and_follow_the_palette(plots: tuple[Plot, ...]) -> None:
    ids: dict[str, str] = {}
    for plot in plots:
        root = ET.fromstring(plot.svg)
        defined = {node.get("id") for node in root.iter() if node.get("id")}
        used = set(re.findall(r"url\(#([^)]+)\)|xlink:href=\"#([^\"]+)\"", plot.svg))
        assert {a or b for a, b in used} <= defined
        for node in root.iter():
            if node.get("id"):
                content = ET.tostring(node).decode()
                assert ids.setdefault(str(node.get("id")), content) == content
        styles = " ".join(node.get("style", "") for node in root.iter())
        assert not re.search(r"#[0-9a-f]{3}", styles), "a colour outside the palette"
        assert set(re.findall(r"var\(--([\w-]+)\)", styles)) <= set(LIGHT)
        assert "<script" not in plot.svg and "font-family" not in plot.svg


def test_the_palettes_have_the_same_roles_and_no_light_colour_twice() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_the_timeline_names_states_thresholds_alarms_and_findings(plots: tuple[Plot, ...]) -> None:
    drawn = titled(plots, "Health")
    names = texts(drawn.svg)
    for name in ("alert", "danger", "learning", "normal", "95 % interval", "alarms", "sensors",
                 "bearing, outer race", "probability of a fault", "asset health"):  # fmt: skip
        assert name in names, name
    assert any("seconds from the start" in name for name in names)


def test_the_interval_is_drawn_between_its_bounds() -> None:
    story = empty_story()
    for seq in range(40):
        story.report(scored(seq, -3.0))
    with house_style():
        figure = timeline_figure(story)
    axes = figure.axes[0]
    (band,) = [c for c in axes.collections if c.get_label() == "95 % interval"]
    y = band.get_paths()[0].vertices[:, 1]
    assert y.min() == pytest.approx(-4.0) and y.max() == pytest.approx(-2.0)
    (line,) = [x for x in axes.lines if x.get_label() == "probability of a fault"]
    assert np.allclose(line.get_ydata(), -3.0)
    assert sorted(x.get_ydata()[0] for x in axes.lines if len(x.get_ydata()) == 2) == [2.0, 5.0]


def test_certainty_does_not_leave_the_axis() -> None:
    story = empty_story()
    for seq in range(5):
        story.report(scored(seq, 0.0, probability=1.0, probability_low=0.0, probability_high=1.0))
    with house_style():
        figure = timeline_figure(story)
        low, high = figure.axes[0].get_ylim()
        assert -FARTHEST - 1 <= low < high <= FARTHEST + 1
        inline_svg(figure, "certain")


def test_dated_reports_are_shown_by_date() -> None:
    story = empty_story()
    start = 1_700_000_000
    for seq in range(5):
        story.report(report(seq, t0_ns=(start + seq) * 10**9, t1_ns=(start + seq + 1) * 10**9,
                            clock="utc"))  # fmt: skip
    assert "time (UTC)" in texts(story_plots(story)[0].svg)


def test_sensor_trouble_is_named_in_its_own_lane() -> None:
    story = empty_story()
    for seq in range(6):
        story.report(report(seq, sensor_status="failure" if seq > 3 else "normal"))
    names = texts(story_plots(story)[0].svg)
    assert "failure" in names and "alert" not in names


def test_expected_and_found_lines_stand_where_they_should(worn: Story) -> None:
    story = worn
    assert story.strongest is not None
    kept, evidence = story.strongest, story.strongest.diagnosis.findings[0].evidence[0]
    view = view_spectrum(kept.capture, MOTOR, "envelope", band=evidence.band_hz,
                         shaft_hz=kept.diagnosis.shaft_hz)  # fmt: skip
    with house_style():
        figure = envelope_figure(view, evidence=evidence)
        drawn = texts(inline_svg(figure, "envelope"))
    axes = figure.axes[1]
    markers = sorted(float(x.get_xdata()[0]) for x in axes.lines if x.get_marker() == "v")
    assert markers == pytest.approx([OUTER_HZ, 2 * OUTER_HZ, 3 * OUTER_HZ], rel=0.005)
    spans = sorted((p.get_x(), p.get_x() + p.get_width()) for p in axes.patches)
    expected = [(k * EXPECTED_HZ * (1 - SLIP_BELOW), k * EXPECTED_HZ * (1 + SLIP_ABOVE))
                for k in (1, 2, 3)]  # fmt: skip
    assert np.allclose(spans, expected, rtol=0.003)
    assert all(lo < at < hi for at, (lo, hi) in zip(markers, spans, strict=True))
    assert any(re.fullmatch(r"BPFO 10[234]\.\d Hz", name) for name in drawn)
    for name in ("BPFI", "2 x BSF", "FTF", "shaft"):
        assert any(label.startswith(name) for label in drawn), name
    assert "modulation frequency (Hz)" in drawn and "modulation depth (%)" in drawn


def test_the_reference_is_laid_under_only_at_like_speed(plots: tuple[Plot, ...]) -> None:
    slow = view_spectrum(healthy_capture(), MOTOR, "envelope", band=(3000.0, 5000.0))
    fast = view_spectrum(faulty_capture(), MOTOR, "envelope", band=(3000.0, 5000.0))
    assert alike(fast, slow) and not alike(fast, None)
    faster = view_spectrum(faulty_capture(), MOTOR, "envelope", band=(3000.0, 5000.0), shaft_hz=31)
    assert not alike(faster, slow)
    legend = "reference: first without finding"
    assert legend in texts(titled(plots, "Envelope").svg)
    alone = empty_story()
    alone.capture(faulty_capture(), said(outer_race()))
    assert legend not in texts(titled(story_plots(alone), "Envelope").svg)


def test_units_are_those_of_the_channel(plots: tuple[Plot, ...]) -> None:
    assert "acceleration (m/s²)" in texts(titled(plots, "Waveform").svg)
    assert "acceleration, peak (m/s²)" in texts(titled(plots, "Amplitude").svg)
    story = empty_story()
    unscaled = Channel("probe", Sense.VIBRATION, Unit.VOLT)
    story.capture(capture(impacts(3.0, seed=5, seconds=1.0), channel=unscaled), said())
    assert "voltage (V)" in texts(titled(story_plots(story), "Waveform").svg)


def test_a_motor_with_only_current_gets_its_spectrum() -> None:
    t = np.arange(20_000) / RATE_HZ
    current = Channel("i_a", Sense.POWER, Unit.AMPERE, phase="a")
    story = empty_story(Motor(motor_id="pump-1"))
    story.capture(capture(np.sin(2 * np.pi * 50 * t), channel=current), said())
    drawn = story_plots(story)
    assert [plot.title for plot in drawn] == ["Amplitude spectrum of i_a", "Waveform of i_a"]
    assert "current, peak (A)" in texts(drawn[0].svg)
    assert "shaft orders" in drawn[0].caption


def test_orders_are_promised_only_where_the_speed_is_known() -> None:
    story = empty_story(Motor(motor_id="pump-1"))
    still = replace(capture(impacts(3.0, seed=5, seconds=1.0)), speed_rpm=None)
    story.capture(still, msgspec.structs.replace(said(), shaft_hz=None))
    drawn = titled(story_plots(story), "Amplitude")
    assert "the shaft's speed being unknown" in drawn.caption
    assert not any("orders" in text for text in texts(drawn.svg))


def test_samples_that_are_no_numbers_leave_gaps_and_a_reason() -> None:
    x = impacts(BEARING.bpfo, seed=3, seconds=1.0)
    x[1000:1100] = np.nan
    story = empty_story()
    story.capture(capture(x), said(abstained="not finite"))
    drawn = story_plots(story)
    envelope = titled(drawn, "Envelope")
    assert "100 of 20000 samples are NaN" in envelope.caption and not envelope.svg
    assert titled(drawn, "Waveform").svg


NOISE = np.random.default_rng(0).standard_normal(20_000)
ODD = {
    "zeros": np.zeros(20_000),
    "constant": np.full(20_000, 3.0),
    "tiny": NOISE * 1e-30,
    "huge": NOISE * 1e18,
    "overflowing": NOISE * 1e37,
    "infinite": np.append(NOISE, np.inf),
    "no number at all": np.full(2000, np.nan),
    "short": NOISE[:70],
    "too short": NOISE[:10],
    "empty": np.zeros(0),
    "a click": np.eye(1, 2000, 1000)[0],
}


@pytest.mark.parametrize("samples", ODD.values(), ids=ODD.keys())
def test_odd_samples_are_drawn_or_explained(samples: np.ndarray) -> None:
    story = empty_story()
    story.capture(capture(samples), said(abstained="odd"))
    drawn = story_plots(story)
    assert drawn and all(plot.svg or plot.caption for plot in drawn)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": dict.fromkeys(SPEC.names, 3e38)},
        {"features": dict.fromkeys(SPEC.names, -3e38)},
        {"speed_rpm": None},
        {"speed_rpm": 1e300, "load": -1e300},
        {"probability": 0.5},
    ],
)
def test_forged_reports_do_not_break_a_plot(changes: dict[str, object]) -> None:
    story = empty_story()
    for seq in range(40):
        story.report(report(seq, **(changes if seq % 2 else {})))
    assert story_plots(story)[0].svg


@pytest.mark.parametrize("clock", ["utc", "unknown"])
def test_any_instant_can_be_drawn(clock: str) -> None:
    story = empty_story()
    for seq, t0_ns in enumerate((-(2**63), 0, 2**62)):
        story.report(report(seq, t0_ns=t0_ns, t1_ns=t0_ns + 1, clock=clock))
    assert story_plots(story)[0].svg


def test_a_capture_without_waveform_says_so() -> None:
    story = empty_story()
    slow = Channel("frame", Sense.TEMPERATURE, Unit.DEGC)
    story.capture(capture(np.full(10, 40.0), channel=slow, rate_hz=1.0), said())
    assert "frame" in story_plots(story)[0].caption


def test_the_zoom_shows_the_highest_peak_and_the_impacts_spacing() -> None:
    taken = faulty_capture()
    (block,) = taken.blocks
    peak = int(np.abs(block.values).argmax())
    with house_style():
        figure = waveform_figure(block, evidence=outer_race().evidence[0])
        names = texts(inline_svg(figure, "waveform"))
    near = figure.axes[1]
    start_s = float(re.findall(r"from ([\d.]+) s", near.get_xlabel())[0])
    shown_ms = near.get_xlim()
    assert shown_ms[0] <= 1000 * (peak / RATE_HZ - start_s) <= shown_ms[1]
    marks = [float(x.get_xdata()[0]) for x in near.lines if len(x.get_xdata()) == 2]
    assert np.diff(marks) == pytest.approx(1000 / OUTER_HZ)
    assert any("impacts expected every" in name for name in names)


def test_names_in_other_scripts_and_of_any_length_are_drawn() -> None:
    for name in ("振動<b>&\"' $\\frac{1}{2}$ \\1 \\g<0>", "x" * 500, "bad \udcff name"):
        story = empty_story()
        channel = Channel(name, Sense.VIBRATION, Unit.MPS2)
        story.capture(capture(impacts(3.0, seed=5, seconds=1.0), channel=channel), said())
        for plot in story_plots(story):
            ET.fromstring(plot.svg.encode("utf-8", "replace"))


def test_the_most_telling_feature_of_each_kind_is_chosen() -> None:
    story = empty_story()
    rng = np.random.default_rng(0)
    for seq in range(100):
        late = max(0.0, seq - 50) / 10
        features = {
            "vib_rms_db": rng.normal(), "vib_peak_db": rng.normal() + 4 * late,
            "vib_kurtosis_db": 5.0 + 0.1 * rng.normal(), "temp_degc": 40.0 + 10 * late,
        }  # fmt: skip
        story.report(report(seq, features=features))
    moved = movements(story, story.trend)
    names = [story.spec.names[movement.column] for movement in moved]
    assert names == ["vib_peak_db", "vib_kurtosis_db", "temp_degc"]
    assert moved[0].spreads > 10 > moved[1].spreads
    assert moved[0].after - moved[0].before == pytest.approx(19.0, abs=2.0)
    assert moved[2].view.change(moved[2].before, moved[2].after) == "+44.5"


def test_too_few_windows_make_no_trend() -> None:
    story = empty_story()
    for seq in range(10):
        story.report(report(seq, features={"vib_rms_db": float(seq)}))
    assert movements(story, story.trend) == ()
    assert [plot.title for plot in story_plots(story)] == ["Health over time"]


def test_features_are_read_in_physical_units() -> None:
    by_name = {feature.name: feature for feature in FeatureSpec().features}
    velocity = shown(by_name["vib_velocity_db"], {})
    assert velocity.axis == "mm/s" and velocity.values(np.array([20.0]))[0] == pytest.approx(10.0)
    kurtosis = shown(by_name["vib_kurtosis_db"], {})
    assert kurtosis.values(np.array([10 * np.log10(3.0)]))[0] == pytest.approx(3.0)
    assert shown(by_name["vib_rms_db"], {Sense.VIBRATION: (Unit.VOLT,)}).axis == "V"
    assert shown(by_name["cur_rms_db"], {Sense.POWER: (Unit.VOLT, Unit.AMPERE)}).axis == "A"
    assert velocity.change(0.0, 6.0206) == "× 2"


def test_every_feature_of_the_spec_has_a_name_for_people() -> None:
    for feature in FeatureSpec().features:
        view = shown(feature, {})
        assert "_" not in view.title and view.axis, feature.name


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=400), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_thinning_keeps_extremes_order_and_bounds(values: list[float], buckets: int) -> None:
    y = np.array(values)
    x = np.arange(y.size, dtype=np.float64)
    tx, ty = thin(x, y, buckets)
    assert ty.size <= 2 * buckets + 1 and ty.max() == y.max() and ty.min() >= y.min()
    assert (np.diff(tx) >= 0).all() and np.array_equal(ty, y[tx.astype(int)])
    px, py = peaks(x, y, buckets)
    assert py.size <= buckets and py.max() == y.max() and np.array_equal(py, y[px.astype(int)])
    _, low, high = extremes(x, y, buckets)
    assert low.min() == y.min() and high.max() == y.max() and low.size <= buckets


def test_a_long_recording_makes_no_long_drawing() -> None:
    x = np.random.default_rng(0).standard_normal(400_000)
    story = empty_story()
    story.capture(capture(x), said())
    assert all(len(plot.svg) < 120_000 for plot in story_plots(story))


def test_an_unknown_channel_is_named_with_those_there_are() -> None:
    with pytest.raises(MissingChannel, match=r"'nope'.*vib_de"):
        find_block(healthy_capture(), "nope")
    assert find_block(healthy_capture(), None).channel == CHANNEL


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.style"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[report\]"), house_style():
        pass
    with pytest.raises(MissingDependency, match=r"motorwatch\[report\]"):
        new_figure(1.0, 1.0)


def test_drawing_leaves_no_trace_in_the_users_settings() -> None:
    import matplotlib as mpl

    story = empty_story()
    for seq in range(4):
        story.report(scored(seq, 1.0))
    before = dict(mpl.rcParams)
    assert story_plots(story)
    assert dict(mpl.rcParams) == before


def test_equal_stories_give_equal_bytes(plots: tuple[Plot, ...]) -> None:
    assert story_plots(worn_story()) == plots
