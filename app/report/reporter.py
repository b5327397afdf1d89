"""What a replay, or a diagnosis, tells of each recording to the report."""

from app.health import asset_state
from app.replay import ReplayPlan
from app.report.book import StoryBook
from app.report.remembered import Thresholds
from app.report.story import Story
from app.sensor_status import worst_status
from app.session import Listener, Window
from dsp.features.spec import FeatureSpec
from models.finding import Diagnosis
from models.plant import PlantRules
from sensors.capture import Capture
from sensors.recordings.recording import Recording


class ReplayReporter:
    """Tells windows and captures of a replay, one recording after another."""

    def __init__(self, book: StoryBook, plan: ReplayPlan) -> None:
        self._book = book
        self._plan = plan
        self._story: Story | None = None

    def begin(self, recording: Recording) -> Listener:
        """Start the story of a recording; returns what its captures are told to."""
        release = self._plan.release
        self._story = self._book.add(
            recording,
            Story(
                recording.motor,
                recording.title,
                release_id=release.release_id,
                spec=self._plan.spec,
                simulated=recording.group == "simulated",
                thresholds=Thresholds(release.alert.value, release.danger.value),
                plant=self._plan.plant,
            ),
        )
        return self._story.capture

    def window(self, window: Window) -> None:
        """Take one window of the current recording."""
        if self._story is None:
            return
        self._story.report(window.report, window.state)
        if window.alarm is not None:
            self._story.alarm(window.alarm)


def tell_diagnosis(
    book: StoryBook, recording: Recording, capture: Capture, said: Diagnosis, plant: PlantRules
) -> None:
    """Take one recording's verdict, which stands on one capture alone, into the report."""
    story = Story(
        recording.motor,
        recording.title,
        release_id=None,
        spec=FeatureSpec(),
        simulated=recording.group == "simulated",
        plant=plant,
    )
    story.capture(capture, said)
    able = any(report.state in ("clear", "finding") for report in said.senses)
    health = asset_state("normal" if able and not said.abstained else "unmonitored", said)
    began_ns = recording.segments[0].t0_ns
    story.judged(health, worst_status(said.audit), capture, began_ns)
    book.add(recording, story)
