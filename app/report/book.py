"""The stories of one command, written as a report when it ends, however it ends."""

from pathlib import Path
from types import TracebackType
from typing import Self

from app.report.html import check_installed, keep_urgent, write_report
from app.report.story import Story
from sensors.recordings.recording import Recording


class StoryBook:
    """A context that writes the report at its end; what was interrupted is reported as far.

    Parameters
    ----------
    path : Path
        Of the HTML file.
    command : str
        What was typed, so that it can be typed again.
    """

    def __init__(self, path: Path, command: str) -> None:
        self._path = path
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

    def add(self, recording: Recording, story: Story) -> Story:
        """Take the story of a recording in; the least urgent ones forget their captures."""
        keep_urgent(self._stories)
        self._stories.append(story)
        self._sources[recording.title] = recording.recording_id
        return story
