"""How much of what was simulated is named: shares at each level, and where naming ends."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.results.detection_cases import Said
from app.results.detection_settings import Setting
from models.agreement import load_sights
from sensors.conditions import Condition

ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Shares:
    """What became of one fault at one level, in so many cases.

    Attributes
    ----------
    setting : Setting
        From what it was judged.
    condition : Condition
        The fault.
    level : float
        In dB, or a severity.
    exact, off : tuple of Said
        Cases whose speed is declared right, and those where it is wrong.
    """

    setting: Setting
    condition: Condition
    level: float
    exact: tuple[Said, ...]
    off: tuple[Said, ...]


def gather(said: Sequence[Said]) -> list[Shares]:
    """Return the shares of every fault at every level, in order of setting, fault and level."""
    groups: dict[tuple[str, Condition, float], list[Said]] = {}
    for one in said:
        trial = one.trial
        if trial.condition is not None and trial.level is not None:
            groups.setdefault((trial.setting.name, trial.condition, trial.level), []).append(one)
    settings = {one.trial.setting.name: one.trial.setting for one in said}
    return [
        _shares(setting, condition, level, groups[name, condition, level])
        for name, setting in settings.items()
        for condition, levels in setting.levels.items()
        for level in levels
        if (name, condition, level) in groups
    ]


def _shares(setting: Setting, condition: Condition, level: float, some: Sequence[Said]) -> Shares:
    exact = tuple(one for one in some if one.trial.speed_error == 0.0)
    off = tuple(one for one in some if one.trial.speed_error != 0.0)
    return Shares(setting, condition, level, exact, off)


def right(one: Said) -> bool:
    """Whether the fault that is there is named, with any confidence."""
    return one.trial.condition in one.named


def sure(one: Said) -> bool:
    """Whether it is named at medium confidence or better."""
    condition = one.trial.condition
    return condition is not None and one.named.get(condition, "low") != "low"


def wrong(one: Said) -> tuple[Condition, ...]:
    """Return what is named that is neither there nor a vaguer name for what is there.

    What counts as a vaguer name stands in ``agreement.toml`` as `confirmed_by`.
    """
    truth = one.trial.condition
    sight = None if truth is None else load_sights().get(truth)
    kin = () if sight is None else sight.confirmed_by
    return tuple(named for named in one.named if named is not truth and named not in kin)


def vague(one: Said) -> bool:
    """Whether only a vaguer name is given."""
    return bool(one.named) and not right(one) and not wrong(one)


def share(some: Sequence[Said], what: Callable[[Said], object] = right) -> float | None:
    """Return the share of cases of which something holds; None of none."""
    return round(sum(bool(what(one)) for one in some) / len(some), 3) if some else None


def last_level(curve: Sequence[tuple[float, float | None]]) -> float | None:
    """Return the lowest level at which, as at every higher one, `ENOUGH` cases are named right.

    Parameters
    ----------
    curve : sequence of (level, share)
        From the highest level down.
    """
    last = None
    for level, named in curve:
        if named is None or named < ENOUGH:
            return last
        last = level
    return last


def curves(shares: Sequence[Shares]) -> Iterator[tuple[Setting, Condition, list[Shares]]]:
    """Yield each fault of each setting with its shares from the highest level down."""
    groups: dict[tuple[str, Condition], list[Shares]] = {}
    for one in shares:
        groups.setdefault((one.setting.name, one.condition), []).append(one)
    for (_, condition), some in groups.items():
        yield some[0].setting, condition, sorted(some, key=lambda one: -one.level)


def taken_for(said: Sequence[Said]) -> Counter[str]:
    """Count what is named wrong, by condition."""
    return Counter(named.value for one in said for named in wrong(one))
