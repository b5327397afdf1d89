"""Where matplotlib is wrapped: figures without global state, and SVG fit to stand in a page.

Text stays text, colours become roles of the palette, and equal figures give equal bytes.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from app.report.palette import LIGHT
from sensors.errors import MissingDependency, OutputError
from sensors.output import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: dict[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "motorwatch",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.edgecolor": LIGHT["muted"],
    "axes.labelcolor": LIGHT["ink"],
    "axes.titlecolor": LIGHT["ink"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": LIGHT["rule"],
    "grid.linewidth": 0.6,
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "text.color": LIGHT["ink"],
    "text.parse_math": False,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.0,
    "lines.solid_joinstyle": "round",
    "hatch.linewidth": 0.5,
    "figure.facecolor": LIGHT["paper"],
    "savefig.facecolor": LIGHT["paper"],
    "figure.constrained_layout.use": True,
}
_ROLES = {colour: role for role, colour in LIGHT.items()}
_NEEDS = "plots need matplotlib: pip install 'motorwatch[report]'"


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save in the house's style, whatever style the user has set."""
    try:
        from matplotlib import style
    except ImportError as error:
        raise MissingDependency(_NEEDS) from error
    with style.context(STYLE, after_reset=True), warnings.catch_warnings():
        # A name in another script is laid out roughly here and drawn by the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Return an empty figure that no global state knows of."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency(_NEEDS) from error
    return Figure(figsize=(width_in, height_in))


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the path's suffix.

    Raises
    ------
    OutputError
        The suffix is none of these, or the file cannot be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg", "pdf"):
        raise OutputError(f"{path}: plots are written as .png, .svg or .pdf; name one of these")
    # Neither a date nor a version of the drawing library: equal input, equal bytes.
    undated = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    drawn = io.BytesIO()
    with house_style():
        figure.savefig(drawn, format=kind, dpi=150, metadata=undated[kind])
    write_whole(path, drawn.getvalue())


def inline_svg(figure: "Figure", label: str) -> str:
    """Return a figure as an ``<svg>`` element for a page.

    Parameters
    ----------
    figure : Figure
        Drawn in the colours of `palette.LIGHT`.
    label : str
        What it shows, for those who cannot see it; plain text.
    """
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    # Names of groups would repeat from figure to figure; what is referred to has a hash as id.
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r' d="[^"]*"', _rounded, svg)
    # The page's own font serves; older versions of the library name theirs in a shorthand.
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"('[\w ]+', )+sans-serif", "sans-serif", svg)
    svg = re.sub(r"(?<=: )#[0-9a-f]{6}\b", _by_role, svg)
    size = re.search(r'viewBox="[^"]*"', svg)
    start = f'<svg{_NAMESPACES} {size.group() if size else ""} role="img" '
    svg = f"{start}aria-label={quoteattr(label)}>{svg[svg.index('>') + 1 :]}"
    return re.sub(r"\n\s*", "\n", svg)


_NAMESPACES = ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def _rounded(path: re.Match[str]) -> str:
    """Keep a tenth of a point, and name a run of lines once: half of a file's size is then left."""
    rounded = re.sub(r"(\d+\.\d)\d+", r"\1", path.group())
    if set(re.findall("[A-Za-z]", rounded)) <= {"d", "M", "L", "z"}:
        return re.sub(r"\s*L ", " ", rounded)
    return rounded


def _by_role(colour: re.Match[str]) -> str:
    role = _ROLES.get(colour.group())
    return colour.group() if role is None else f"var(--{role})"


def plain(axes: "Axes") -> None:
    """Strip an axes down to what is drawn into it: for ribbons and rulers."""
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(visible=False)


def plain_numbers(axes: "Axes") -> None:
    """Write the ticks of a logarithmic y axis as numbers, as people read instruments."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    low, high = axes.get_ylim()
    few = high / low < 6
    axes.yaxis.set_major_locator(
        MaxNLocator(4) if few else LogLocator(subs=(1.0, 2.0, 5.0) if high / low < 100 else (1.0,))
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
