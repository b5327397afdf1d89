"""The soak for people: a few lines on the terminal, and a page."""

from collections.abc import Iterator, Mapping

from app.soak.count import TARGET_FINDINGS, TARGET_WINDOWS, Count, Heard
from app.soak.machine import LOADS, POWER_HZ, VIBRATION_HZ, WINDOW_S

INTRODUCTION = f"""\
# Soak: healthy simulated windows

Written by `make soak`. **SYNTHETIC: it is no evidence from the field.** A simulated motor has
stationary noise, no neighbours and no history; what is counted here bounds the machinery's own
false findings, not those of a plant.

Each window is another healthy machine on another day: 2, 4 or 6 poles, 50 or 60 Hz, 1.5 to 90 kW,
one or two bearings of the catalogue, its own structure and noise, steady load of
{", ".join(f"{load:.0%}" for load in LOADS)}. Its speed is declared right, wrong by 2 or 5 % either
way, or not at all; half of the windows have voltages, and in every sixth the nameplate claims a
drive, though the supply is the mains; one in eight is judged beside another capture of the machine
in health. All four senses: three axes of vibration and sound at
{VIBRATION_HZ:g} Hz, three currents at {POWER_HZ:g} Hz, temperature of the frame. A window is
{WINDOW_S:g} s long: in 4 s the rotor could not be judged, and silence would prove nothing.

Anything named is a false finding. A doubt names nothing: it asks to look again.
"""


def summary(found: Count) -> Iterator[str]:
    """Yield the lines that matter most."""
    yield (
        f"{found.findings} false findings in {found.windows} healthy simulated windows "
        f"({found.windows_with_findings} windows with any); 95 % Poisson bound "
        f"{found.bound:.2f} in {TARGET_WINDOWS}; aimed at: at most {TARGET_FINDINGS}"
    )
    for name, part in (
        ("findings by sense", found.by_sense),
        ("findings by condition", found.by_condition),
        ("findings by confidence", found.by_confidence),
        ("windows with a doubt, by sense", found.doubts),
        ("windows in which a sense could not judge everything", found.partly),
        ("windows in which the audit refused something, by check", found.refusals),
    ):
        yield f"{name}: {', '.join(f'{key} {value}' for key, value in part.items()) or 'none'}"


def page(found: Count, first: int) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    found : Count
        What was counted.
    first : int
        Number of the first window, for those who want to make one again.
    """
    last = first + found.windows - 1
    return "\n".join(
        [
            INTRODUCTION,
            f"Windows {first} to {last}:\n",
            *(f"- {line}" for line in summary(found)),
            "\n## What became of each sense\n",
            _table(found.states, ("sense and state", "windows")),
            "\n## False findings\n",
            *(list(_shown(found.shown)) or ["None."]),
            "\n## Doubts\n",
            *(list(_doubted(found.doubtful)) or ["None."]),
            "",
        ]
    )


def _table(rows: Mapping[str, int], columns: tuple[str, str]) -> str:
    lines = [f"| {columns[0]} | {columns[1]} |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows.items())])


def _shown(windows: tuple[Heard, ...]) -> Iterator[str]:
    for one in windows:
        for false in one.findings:
            evidence = false.evidence.replace("<", "&lt;")
            yield (
                f"- Window {one.number} ({one.machine}): `{false.condition}`, {false.confidence}, "
                f"by {false.sense}: {evidence}"
            )


def _doubted(windows: tuple[Heard, ...]) -> Iterator[str]:
    for one in windows[:DOUBTS_SHOWN]:
        said = "; ".join(doubt for doubts in one.doubts.values() for doubt in doubts)
        yield f"- Window {one.number} ({one.machine}): {said.replace('<', '&lt;')}"


DOUBTS_SHOWN = 20
"""Of those kept: for a first look at what raises them."""
