"""Identity of a replay: the same facts give the same `boot_id`, so replaying twice adds nothing."""

import hashlib

import msgspec


def replay_boot_id(source_hash: str, release_id: str | None, *facts: str | float | None) -> str:
    """Return the boot_id of a replay, to be completed by the window index as `seq`.

    Parameters
    ----------
    source_hash, release_id
        Digest of the recording, and the release that judges it.
    facts
        Everything else that changes what a window says or where it lies: spec_id, motor_hash,
        window_s, hop_s, start. A fact left out makes another replay look like a repetition.
    """
    canonical = msgspec.json.encode([source_hash, release_id, *facts])
    return "replay-" + hashlib.sha256(canonical).hexdigest()[:24]
