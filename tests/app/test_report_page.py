"""The page: complete, honest, escaped, self-contained, small, and written whole or not at all."""

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest
from report_stories import (
    MOTOR,
    alarm,
    empty_story,
    faulty_capture,
    healthy_capture,
    outer_race,
    report,
    said,
    worn_story,
)

from app.report import html
from app.report.content import judged_state, section
from app.report.html import keep_urgent, render_report, write_report
from app.report.story import Story
from app.report.words import NO_LIFE, explain
from dsp.audit_note import AuditNote
from models.finding import Candidate, Finding, SenseReport
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.catalogue import find_bearing
from sensors.conditions import Condition
from sensors.errors import MissingDependency, OutputError
from sensors.motor import Motor

MOST_BYTES = 1_500_000


class Page(HTMLParser):
    """Tags, attributes, and the text a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._silent += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self._words))


def page_of(*stories: Story, **given: str) -> str:
    return render_report(stories, command="motorwatch replay x", created_from=given)


def words_of(*stories: Story) -> str:
    return Page(page_of(*stories)).text


@pytest.fixture(scope="module")
def worn_page() -> str:
    return page_of(worn_story(), source_sha256="0123abcd")


def bare(**changes: object) -> Story:
    """A story that needs no plots: two windows, and a capture without any channel."""
    story = empty_story(**changes)
    for seq in range(2):
        story.report(report(seq))
    return story


def taken(t0_s: int = 0) -> Capture:
    return Capture("pump-1", t0_s * 10**9, (t0_s + 1) * 10**9, ())


def test_it_says_what_since_when_on_what_evidence_and_from_where(worn_page: str) -> None:
    text = Page(worn_page).text
    for part in ("▲ alert", "Since 52 s into the recording", "Signs of a fault: bearing,",
                 "outer race of 6205", "confidence high", "Impacts repeat on vib_de", "BPFO",
                 NO_LIFE,
                 "logistic score 4.31 is above 4.00", "still open", "release-1",
                 MOTOR.motor_hash, "motorwatch replay x", "source_sha256", "0123abcd",
                 "recording.npz", "60 windows", "2 captures diagnosed"):  # fmt: skip
        assert part in text, part
    assert worn_page.count("<svg") == 6
    assert "SIMULATED" not in text


def test_it_stands_alone(worn_page: str) -> None:
    page = Page(worn_page)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "base", "form"}
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "src", "xlink:href", "action"):
            assert value.startswith("#"), value
    style = re.findall(r"<style>(.*?)</style>", worn_page, re.DOTALL)[0]
    assert "@import" not in style and "url(" not in style
    assert "prefers-color-scheme: dark" in style and "@media print" in style
    used = set(re.findall(r"var\(--([\w-]+)", worn_page))
    assert used <= set(re.findall(r"--([\w-]+):", style))


def test_simulated_signals_are_marked_at_the_top_and_at_the_motor() -> None:
    page = page_of(bare(simulated=True), bare())
    assert page.index('class="simulated"') < page.index("<h1>")
    assert page.count("SIMULATED</span>") == 1 and "a simulator" in page
    assert "SIMULATED" not in page_of(bare())


def test_a_single_undated_capture_has_no_since_and_was_not_seen_so_many_times() -> None:
    story, undated = empty_story(), replace(taken(7), clock="unknown")
    story.capture(undated, said(outer_race()))
    story.judged("alert", "normal", undated, first_ns=0)
    alone = words_of(story)
    assert "alert" in alone and "confidence high" in alone
    assert "Since" not in alone and "captures:" not in alone
    dated = empty_story()
    dated.capture(taken(7), said(outer_race()))
    dated.judged("alert", "normal", taken(7), first_ns=0)
    assert "Since 1970-01-01 00:00:07 UTC" in words_of(dated)
    watched = bare()
    watched.capture(undated, said(outer_race()))
    assert "Since 0 s into the recording" in words_of(watched)
    beside = words_of(story, bare())
    assert beside.count("Since") == 2, "heading of the table, and the motor that was watched"
    story.capture(taken(9), said(outer_race()))
    assert "Since 7 s" in words_of(story) and "seen in 2 of 2 captures: " in words_of(story)


def test_what_is_not_excluded_goes_by_the_names_that_people_know() -> None:
    finding = msgspec.structs.replace(
        outer_race(), alternatives=("supply_unbalance: look", "looseness of a_foot")
    )
    story = empty_story()
    story.capture(taken(), said(finding))
    assert "unequal supply voltages: look; looseness of a_foot" in words_of(story)


def test_a_note_says_what_it_refuses_in_a_sentence_of_its_own() -> None:
    note = AuditNote(check="clipping", level="refuse", text="clipped", refuses=("sound", "slip"))
    story = empty_story()
    story.capture(taken(), said(audit=(note,)))
    assert "clipped. Refused for: sound, slip" in words_of(story)


def test_hostile_names_are_text_and_nothing_else() -> None:
    evil = "<script>alert(1)</script><img src=x onerror='alert(1)'>\"'&{{ 7*7 }}\\g<0>"
    story = empty_story(Motor(motor_id='<b x="1">&'), title=evil, release_id=evil)
    for seq in range(4):
        story.report(report(seq, motor_id='<b x="1">&'))
    story.alarm(msgspec.structs.replace(alarm(1), motor_id='<b x="1">&', reasons=(evil,)))
    channel = Channel(evil, Sense.VIBRATION, Unit.MPS2)
    values = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)
    note = AuditNote(check="clipping", level="warning", text=evil, channel=evil)
    diagnosis = msgspec.structs.replace(
        said(abstained=evil, audit=(note,)), motor_id=story.motor.motor_id
    )
    story.capture(
        Capture(story.motor.motor_id, 0, 10**9, (SampleBlock(channel, 0, 20_000.0, values),)),
        diagnosis,
    )
    text = render_report([story], command=evil, created_from={evil: evil})
    page = Page(text)
    assert not page.tags & {"script", "img", "b"}
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "{{ 7*7 }}" in page.text and "<script>" not in text


def test_a_file_name_that_is_no_utf8_does_not_cost_the_report(tmp_path: Path) -> None:
    write_report([bare(title="bad \udcff name")], tmp_path / "r.html", command="c", created_from={})
    assert "bad ? name" in (tmp_path / "r.html").read_text("utf-8")


def test_equal_input_gives_equal_bytes(worn_page: str) -> None:
    assert page_of(worn_story(), source_sha256="0123abcd") == worn_page


def test_the_most_urgent_stand_first() -> None:
    quiet, raised, named = bare(), bare(), bare()
    raised.report(report(2, state="danger"))
    named.report(report(2, state="alert"))
    named.capture(taken(), said(outer_race()))
    stories = [
        (quiet, "quiet.npz"), (named, "named.npz"), (raised, "raised.npz"),
    ]  # fmt: skip
    for story, title in stories:
        story.title = title
    text = words_of(*(story for story, _ in stories))
    assert text.index("raised.npz") < text.index("named.npz") < text.index("quiet.npz")


def test_a_state_worse_than_its_alarm_counts_from_its_own_beginning() -> None:
    story = bare()
    story.alarm(alarm(1))
    story.report(report(2, state="alert"))
    story.report(report(3, state="danger"))
    assert judged_state(story) == ("danger", 3 * 10**9)


def test_an_open_alarm_outlasts_a_calm_window() -> None:
    story = bare()
    story.alarm(alarm(1, state="danger"))
    assert judged_state(story) == ("danger", 10**9)
    assert "open since 1 s" in words_of(story)
    assert "Alarm without a named fault: logistic score" in words_of(story)
    story.alarm(alarm(1, closed_s=2, state="danger"))
    assert judged_state(story)[0] == "normal"


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        ("normal", "No fault found"),
        ("learning", "No fault found; baseline still being learnt"),
        ("stopped", "The motor stood still"),
        ("alert", "without a named fault"),
    ],
)
def test_headlines_claim_no_more_than_is_known(state: str, headline: str) -> None:
    story = bare()
    story.report(report(5, state=state))
    story.capture(taken(), said())
    assert headline in words_of(story)


def test_nothing_diagnosed_is_not_called_healthy() -> None:
    assert "No capture was diagnosed" in words_of(bare())
    story = bare()
    story.capture(taken(), said(abstained="shaft speed unknown; give it with --rpm"))
    text = words_of(story)
    assert "No fault could be judged" in text and "give it with --rpm" in text
    assert "No fault found" not in text


def test_a_doubt_is_not_called_blindness() -> None:
    story, doubt = bare(), "I2 = 6.4% of rated current"
    power = SenseReport(sense=Sense.POWER, state="doubt", doubts=(doubt,))
    story.capture(taken(), said(abstained=doubt, senses=(power,)))
    text = words_of(story)
    assert "Something stands out" in text and doubt in text
    assert "could be judged" not in text


def test_a_story_without_any_window_is_told() -> None:
    assert "nothing was judged" in words_of(empty_story())
    assert "No motor was watched" in words_of()


def test_candidates_are_called_provisional() -> None:
    story = bare()
    fits = Candidate(
        bearing="6205", condition=Condition.BEARING_OUTER_RACE, order=3.58, expected_order=3.585,
        level_db=28.0,
    )  # fmt: skip
    story.capture(taken(), said(provisional=(fits,), abstained="bearing unknown"))
    text = words_of(story)
    assert "Provisional" in text and "6205 (bearing, outer race, 28 dB)" in text


def test_sensors_and_audit_stand_apart_from_the_machine() -> None:
    story = bare()
    story.report(report(5, sensor_status="check_function"))
    notes = (
        AuditNote(check="clipping", level="warning", text="2 % clipped", channel="vib_de",
                  refuses=("bearing",)),
        AuditNote(check="stuck", level="ok", text="fine"),
        AuditNote(check="rate", level="refuse", text="the rate is wrong", refuses=("all",)),
    )  # fmt: skip
    story.capture(taken(), said(audit=notes))
    page = page_of(story)
    instrument = Page(
        page[page.index('class="instrument"') : page.index('class="provenance"')]
    ).text
    for part in (
        "check function, since 5 s",
        "2 % clipped",
        "Refused for: bearing",
        "checks: stuck",
    ):
        assert part in instrument, part
    assert instrument.index("the rate is wrong") < instrument.index("2 % clipped")
    verdict = page[page.index('<div class="verdict') : page.index('class="instrument"')]
    assert 'class="verdict normal"' in verdict and "clipped" not in verdict


def test_low_confidence_is_a_hint_and_asks_for_confirmation() -> None:
    story = bare()
    story.capture(taken(), said(outer_race(confidence="low")))
    text = words_of(story)
    assert "(a hint, not a verdict)" in text and "Do not act on this alone" in text


def test_explanations_use_the_datas_own_numbers() -> None:
    text = explain(outer_race(level_db=27.0))
    assert "103.1 times a second" in text and "-0.8%" in text and "104.0 Hz" in text
    assert "27 dB above" in text and "1 time in 500" in text
    other = Finding(condition=Condition.UNBALANCE, confidence=0.8)
    assert "no single line" in explain(other).lower()


def test_many_recordings_stay_small_and_say_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html, "PLOT_BYTES", 250_000)
    page = page_of(*(worn_story() for _ in range(3)))
    assert page.count("<svg") == 6 and "Plots left out" in page
    monkeypatch.setattr(html, "MOST_SECTIONS", 2)
    monkeypatch.setattr(html, "PLOTTED", 0)
    page = page_of(*(bare() for _ in range(5)))
    assert page.count("<article") == 2 and page.count("<tr>") >= 6
    assert "Only the 2 most urgent" in page


def test_the_bounds_keep_a_fleet_under_the_size(worn_page: str) -> None:
    plots = sum(len(svg) for svg in re.findall(r"<svg.*?</svg>", worn_page, re.DOTALL))
    words = len(worn_page) - plots
    assert html.PLOT_BYTES + words + html.MOST_SECTIONS * 5000 < MOST_BYTES
    many = len(page_of(*(bare() for _ in range(40)))) / 40
    assert many < 5000


def test_only_the_urgent_keep_their_captures() -> None:
    stories = [empty_story() for _ in range(html.PLOTTED + 2)]
    for story in stories[:-1]:
        story.capture(healthy_capture(), said())
    stories[-1].capture(faulty_capture(), said(outer_race()))
    keep_urgent(stories)
    kept = [story.last is not None for story in stories]
    assert sum(kept) == html.PLOTTED and kept[-1]
    assert section(stories[-2], 1, (), {}).verdict.what == "No fault found"


def test_a_report_that_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "such" / "r.html", tmp_path):
        with pytest.raises(OutputError, match=re.escape(str(path))) as caught:
            write_report([bare()], path, command="c", created_from={})
        assert "folder" in str(caught.value)
    assert list(tmp_path.iterdir()) == [] and list(tmp_path.parent.glob(".*.part")) == []


def test_an_old_report_survives_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.html"
    write_report([bare()], path, command="first", created_from={})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left"):
            write_report([bare()], path, command="second", created_from={})
    assert "first" in path.read_text("utf-8")
    write_report([bare()], path, command="third", created_from={})
    assert "third" in path.read_text("utf-8") and list(tmp_path.iterdir()) == [path]


def test_without_jinja_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[report\]"):
        page_of(bare())


def test_a_real_recording_is_reported_with_its_line(data_dir: Path) -> None:
    from scipy.io import loadmat

    from models.diagnosis import diagnose

    file = data_dir / "cwru" / "12k_Drive_End__OR_007__6_130_6_0.mat"
    x = next(v for k, v in loadmat(file).items() if k.endswith("DE_time")).ravel() * 9.80665
    motor = Motor(motor_id="rig", bearings=(find_bearing("6205-2RS", "DE"),))
    channel = Channel("vib_de", Sense.VIBRATION, Unit.MPS2, position="DE")
    block = SampleBlock(channel, 0, 12_000.0, x.astype(np.float32))
    whole_ns = round(x.size / 12_000.0 * 10**9)
    taken = Capture("rig", 0, whole_ns, (block,), speed_rpm=1797.0, clock="unknown")
    story = empty_story(motor, title=file.name)
    story.capture(taken, diagnose(taken, motor))
    text = words_of(story)
    assert "Signs of a fault: bearing, outer race of 6205-2RS" in text
    assert re.search(r"BPFO 107\.\d Hz", text) and "impacts expected every 9." in text
