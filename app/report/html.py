"""One self-contained HTML file: the verdict first, then what it stands on, then where it is from.

No scripts, nothing fetched; follows the reader's light or dark theme and prints.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from app.card_words import COLUMNS, SIGNS
from app.report.card_plot import card_pictures
from app.report.content import Section, section, urgency
from app.report.palette import DARK, LIGHT, css_variables
from app.report.plots import Plot, story_plots
from app.report.story import Story
from sensors.conditions import Condition
from sensors.errors import MissingDependency
from sensors.output import write_whole

HERE = Path(__file__).parent
PLOT_BYTES = 1_100_000
"""Plots of further motors are left out beyond this, so that the file can be mailed."""
MOST_SECTIONS = 60
"""Further recordings stand in the summary alone, for the same reason."""
PLOTTED = 8
"""Stories whose captures are worth keeping: plots of more would not fit."""
LEFT_OUT = Plot(
    "Plots left out",
    "With them this report would be too large to send. For its plots, replay this one alone.",
)


def write_report(
    stories: Sequence[Story],
    path: Path,
    *,
    command: str,
    created_from: Mapping[str, str],
) -> None:
    """Write the report of one or more motors.

    Parameters
    ----------
    stories : sequence of Story
        In any order; the most urgent stand first.
    path : Path
        Of the HTML file; replaced whole, or not at all.
    command : str
        What was typed, so that it can be typed again.
    created_from : mapping of str to str
        Further provenance: a name and a value a row, such as a source's checksum.

    Raises
    ------
    OutputError
        The file cannot be written.
    MissingDependency
        jinja2 or matplotlib is not installed.
    """
    page = render_report(stories, command=command, created_from=created_from)
    # A file name that is no UTF-8 must not cost the report.
    write_whole(path, page.encode("utf-8", "replace"))


def check_installed() -> None:
    """Raise MissingDependency unless a report can be drawn: before the work, not after it."""
    try:
        import_module("jinja2")
        import_module("matplotlib")
    except ImportError as error:
        raise MissingDependency(
            "the HTML report needs jinja2 and matplotlib: pip install 'motorwatch[report]'"
        ) from error


def render_report(
    stories: Sequence[Story], *, command: str, created_from: Mapping[str, str]
) -> str:
    """Return the page of `write_report`; equal input gives equal text."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise MissingDependency(
            "the HTML report needs jinja2: pip install 'motorwatch[report]'"
        ) from error
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Only our own style sheet and our own drawings are markup; all else is escaped.
    environment.filters["drawing"] = lambda plot: Markup(plot.svg)
    style = (HERE / "report.css").read_text("utf-8")
    return environment.get_template("report.html").render(
        sections=_sections(stories),
        most=MOST_SECTIONS,
        style=Markup(style),
        light=Markup(css_variables(LIGHT)),
        dark=Markup(css_variables(DARK)),
        simulated=any(story.simulated for story in stories),
        command=command,
        created_from=sorted(created_from.items()),
        columns=COLUMNS,
        signs=SIGNS,
    )


def keep_urgent(stories: Sequence[Story]) -> None:
    """Let all but the most urgent stories forget their captures, so that memory stays bounded."""
    for story in sorted(stories, key=urgency, reverse=True)[PLOTTED:]:
        story.let_go()


def _sections(stories: Sequence[Story]) -> list[Section]:
    left = PLOT_BYTES
    sections = []
    for number, story in enumerate(sorted(stories, key=urgency, reverse=True), start=1):
        plots: tuple[Plot, ...] = (LEFT_OUT,)
        pictures: dict[Condition, Plot] = {}
        if left > 0 and number <= PLOTTED:
            drawn, close = story_plots(story), card_pictures(story)
            size = sum(len(plot.svg) for plot in (*drawn, *close.values()))
            plots, pictures = (drawn, close) if size <= left else (plots, pictures)
            left -= size
        sections.append(section(story, number, plots, pictures))
    return sections
