"""A hundred thousand hostile payloads: a named refusal or a sound message, nothing else."""

import numpy as np

from app.messages import encode, kind_of
from app.topics import topic
from reliability.fuzz import MOST_GROWTH_MB, fuzzed, is_sound
from reliability.hostile_payloads import GOOD, MOTOR, SITE, TRANSFERS, damaged

TIMES = 100_000


def test_nothing_but_sound_messages_gets_in_and_nothing_breaks() -> None:
    done = fuzzed(TIMES, seed=11)
    outcomes = done.outcomes
    assert outcomes["refused"] + outcomes["taken"] == TIMES
    assert outcomes["refused"] > 0.7 * TIMES
    assert outcomes["taken"] > 0, "mutations so crude that none survives prove little"
    assert outcomes["unsound"] == outcomes["wordy"] == 0
    assert done.growth_mb < MOST_GROWTH_MB, "memory grows with what is refused"


def test_what_the_mutations_start_from_is_sound() -> None:
    for each in GOOD:
        assert is_sound(topic(SITE, MOTOR, kind_of(each)), encode(each))
    for kind, payload in TRANSFERS:
        assert is_sound(topic(SITE, MOTOR, kind), payload)


def test_damage_is_damage() -> None:
    random = np.random.default_rng(3)
    whole = encode(GOOD[0])
    assert sum(damaged(whole, random) != whole for _ in range(200)) > 150
