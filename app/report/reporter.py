"""Collects the stories of a replay and writes the report when it ends, however it ends."""

from pathlib import Path
from types import TracebackType
from typing import Self

from app.replay import ReplayPlan
from app.report.html import check_installed, keep_urgent, write_report
from app.report.remembered import Thresholds
from app.report.story import Story
from app.session import Listener, Window
from sensors.recordings.recording import Recording


class Reporter:
    """A context that writes the report at its end; an interrupted replay is reported as far."""

    def __init__(self, path: Path, plan: ReplayPlan, *, command: str) -> None:
        self._path = path
        self._plan = plan
        self._command = command
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

    def begin(self, recording: Recording) -> Listener:
        """Start the story of a recording; returns what its captures are told to."""
        keep_urgent(self._stories)
        release = self._plan.release
        story = Story(
            recording.motor,
            recording.title,
            release_id=release.release_id,
            spec=self._plan.spec,
            simulated=recording.group == "simulated",
            thresholds=Thresholds(release.alert.value, release.danger.value),
            texts=None if self._plan.plant is None else self._plan.plant.texts,
        )
        self._stories.append(story)
        self._sources[recording.title] = recording.recording_id
        return story.capture

    def window(self, window: Window) -> None:
        """Take one window of the current recording."""
        self._stories[-1].report(window.report, window.state)
        if window.alarm is not None:
            self._stories[-1].alarm(window.alarm)
