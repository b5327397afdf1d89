"""The bookkeeping of a run: which source was judged by what, how it ended, what it left."""

from typing import Literal

import msgspec

from app.fields import MotorId, Token

RunState = Literal["running", "finished", "interrupted", "failed"]


class Run(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pass over one source of one motor.

    Attributes
    ----------
    run_id
        Unique for each pass; passes over the same source share `boot_id`, and so their reports.
    motor_id, boot_id
        Whose reports these are.
    source, source_hash
        Where the signals came from, as given by the user, and their digest.
    spec_id, release_id
        Which features and which model.
    started_ns, ended_ns
        Wall clock, for people; nothing is ordered by it.
    state
        ``running`` of a process that is gone means that it was killed: what it had
        acknowledged is here.
    """

    run_id: Token
    motor_id: MotorId
    boot_id: Token
    source: str
    source_hash: Token
    spec_id: Token
    started_ns: int
    release_id: Token | None = None
    ended_ns: int | None = None
    state: RunState = "running"


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds of a run.

    Attributes
    ----------
    run
        The run itself.
    reports, diagnoses, alarms
        How many of each.
    states
        Reports in each state of health.
    conditions
        Findings of each condition.
    t0_ns, t1_ns
        From the first window's start to the last one's end; None without reports.
    """

    run: Run
    reports: int
    diagnoses: int
    alarms: int
    states: dict[str, int]
    conditions: dict[str, int]
    t0_ns: int | None
    t1_ns: int | None
