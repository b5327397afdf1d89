"""Stage 2 as the gateway runs it: a release, on the backend that is there."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from models.accelerator.config import AcceleratorConfig, Cpu, load_config
from models.accelerator.runner import Accelerator
from models.accelerator.status import Event
from models.accelerator.tflite_model import TfliteModel, load_model, parse_model
from models.stage2.judge import judge_stage2
from models.stage2.release import Stage2Release, load_stage2
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Capture
from sensors.errors import BackendLost, MissingDependency
from sensors.motor import Motor

log = logging.getLogger(__name__)

SHIPPED_STAGE2 = Path(__file__).with_name("stage2_release.json")
RUNTIMES = ("ai_edge_litert", "tflite_runtime")


class Stage2:
    """Gives a second opinion on captures.

    Parameters
    ----------
    release : Stage2Release
        Backbone and head.
    config : AcceleratorConfig
        Where the backbone runs.
    compiled : TfliteModel or None
        The backbone compiled for the Edge TPU.
    tell : callable
        Gets every change of backend.

    Raises
    ------
    BackendLost, BadModel
        As `models.accelerator.runner.Accelerator`.
    """

    def __init__(
        self,
        release: Stage2Release,
        config: AcceleratorConfig,
        *,
        compiled: TfliteModel | None = None,
        tell: Callable[[Event], None] = lambda event: log.warning("stage 2: %s", event.text),
    ) -> None:
        self.release = release
        self.accelerator = Accelerator(
            config, parse_model(release.backbone), release.golden, compiled=compiled, tell=tell
        )

    def judge(self, capture: Capture, motor: Motor) -> Stage2Verdict:
        """Judge a capture; a backbone that runs nowhere is a reason to say nothing."""
        try:
            return judge_stage2(capture, motor, self.release, self.accelerator)
        except BackendLost as error:
            log.warning("stage 2: %s", error)
            return Stage2Verdict(abstained=str(error), release_id=self.release.release_id)

    def close(self) -> None:
        """End its processes."""
        self.accelerator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def runtime_is_here(config: AcceleratorConfig) -> bool:
    """Say whether a backbone can run: here, or by an interpreter that the configuration names."""
    named = [b.python for b in (config.preferred, config.fallback) if b.python]
    return bool(named) or any(find_spec(name) is not None for name in RUNTIMES)


def open_stage2(
    release: Path | None = None,
    config: AcceleratorConfig | None = None,
    tell: Callable[[Event], None] = lambda event: log.warning("stage 2: %s", event.text),
) -> Stage2:
    """Start stage 2.

    Parameters
    ----------
    release : Path, optional
        Instead of the one that ships. Its backbone compiled for an Edge TPU lies beside it, as
        ``NAME_edgetpu.tflite``, where there is one.
    config : AcceleratorConfig, optional
        Otherwise the CPU.
    tell : callable
        Gets every change of backend.

    Raises
    ------
    MissingDependency
        No runtime of TFLite is installed.
    BadRelease, BadModel, BackendLost
        The release cannot be used, or not run.
    """
    settings = config or AcceleratorConfig(preferred=Cpu())
    if not runtime_is_here(settings):
        raise MissingDependency(
            "stage 2 needs a TFLite runtime: pip install 'motorwatch[stage2]', or go without it"
        )
    path = release or SHIPPED_STAGE2
    beside = path.with_name(f"{path.stem}_edgetpu.tflite")
    compiled = load_model(beside) if beside.exists() else None
    return Stage2(load_stage2(path), settings, compiled=compiled, tell=tell)


def start_stage2(
    choice: str,
    accelerator: str | Path | None,
    stack: ExitStack,
    say: Callable[[str], None] = log.warning,
) -> Stage2 | None:
    """Start stage 2 as far as it is wanted and can run here; the stack closes it.

    Parameters
    ----------
    choice : str
        ``auto``, ``off`` or the path of a release.
    accelerator : str, Path or None
        File of settings of `models.accelerator.config.AcceleratorConfig`.
    stack : ExitStack
        Of the process or command.
    say : callable
        Gets every change of backend, and that it is silent.

    Raises
    ------
    BadConfig, MissingDependency, BadRelease, BadModel, BackendLost
        It is asked for and cannot run.
    """
    if choice == "off":
        return None
    config = AcceleratorConfig() if accelerator is None else load_config(Path(accelerator))
    if choice == "auto" and accelerator is None and not runtime_is_here(config):
        say("stage 2 is silent: its runtime is not installed (pip install 'motorwatch[stage2]')")
        return None
    release = None if choice == "auto" else Path(choice)
    opened = open_stage2(release, config, lambda event: say(f"stage 2: {event.text}"))
    return stack.enter_context(opened)


def card_facts(release: Stage2Release) -> dict[str, object]:
    """Return the model card with sizes and digests, ready for JSON or a table."""
    facts: dict[str, object] = {
        "release_id": release.release_id,
        "spectra": release.spectra_id,
        "backbone_bytes": len(release.backbone),
        "classes": release.head.classes,
    }
    card: dict[str, object] = msgspec.to_builtins(release.card)
    return facts | card
