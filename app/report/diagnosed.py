"""A report of diagnoses alone: recordings that were judged once, without a replay."""

from pathlib import Path
from types import TracebackType
from typing import Self

from app.health import asset_state
from app.report.html import check_installed, keep_urgent, write_report
from app.report.story import Story
from app.sensor_status import worst_status
from dsp.features import FeatureSpec
from models.card import CardTexts
from models.finding import Diagnosis
from sensors.capture import Capture
from sensors.recordings.recording import Recording


class DiagnosisReporter:
    """A context that writes the report at its end; an interrupted run is reported as far."""

    def __init__(self, path: Path, command: str, texts: CardTexts) -> None:
        self._path = path
        self._command = command
        self._texts = texts
        self._stories: list[Story] = []
        self._sources: dict[str, str] = {}

    def __enter__(self) -> Self:
        check_installed()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stories and (kind is None or kind is KeyboardInterrupt):
            write_report(
                self._stories, self._path, command=self._command, created_from=self._sources
            )

    def add(self, recording: Recording, capture: Capture, said: Diagnosis) -> None:
        """Take one recording's verdict into the report."""
        keep_urgent(self._stories)
        story = Story(
            recording.motor,
            recording.title,
            release_id=None,
            spec=FeatureSpec(),
            simulated=recording.group == "simulated",
            texts=self._texts,
        )
        story.capture(capture, said)
        judged = any(report.state != "unable" for report in said.senses)
        story.judged(
            asset_state("normal" if judged and not said.abstained else "unmonitored", said),
            worst_status(said.audit),
            capture,
        )
        self._stories.append(story)
        self._sources[recording.title] = recording.recording_id
