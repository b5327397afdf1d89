"""A stage-2 release is read whole or not at all."""

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from app.stage2 import SHIPPED_STAGE2
from models.stage2 import physics
from models.stage2.release import HEALTHY, MAX_BYTES, Stage2Release, load_stage2, save_stage2, seal
from models.stage2.spectra import SpectraSpec
from sensors.errors import BadRelease

RAW = SHIPPED_STAGE2.read_bytes()


@pytest.fixture(scope="module")
def shipped() -> Stage2Release:
    return load_stage2(SHIPPED_STAGE2)


def changed(**parts: object) -> Callable[[Stage2Release], Stage2Release]:
    return lambda release: msgspec.structs.replace(release, **parts)


def test_the_shipped_release_fits_this_version_and_is_small(shipped: Stage2Release) -> None:
    assert shipped.spectra_id == SpectraSpec().spec_id
    assert shipped.physics_names == physics.NAMES
    assert HEALTHY in shipped.head.classes
    assert len(RAW) < 1_000_000
    assert not shipped.head.coefficients.flags.writeable


def test_what_is_saved_is_what_is_read(shipped: Stage2Release, tmp_path: Path) -> None:
    path = tmp_path / "stage2.json"
    save_stage2(shipped, path)
    again = load_stage2(path)
    assert again.release_id == shipped.release_id == seal(shipped).release_id
    assert again.backbone == shipped.backbone and again.card == shipped.card
    for name in ("centre", "scale", "coefficients", "intercepts", "standard_errors"):
        np.testing.assert_array_equal(getattr(again.head, name), getattr(shipped.head, name))
    np.testing.assert_array_equal(again.golden_outputs, shipped.golden_outputs)
    assert again.golden_outputs.dtype == np.int8
    assert path.read_bytes() == RAW


def test_an_unsealed_or_changed_release_is_not_written(
    shipped: Stage2Release, tmp_path: Path
) -> None:
    path = tmp_path / "stage2.json"
    path.write_text("what was there")
    other = replace(shipped.head, intercepts=shipped.head.intercepts + 0.1)
    for wrong in (changed(release_id=""), changed(head=other)):
        with pytest.raises(BadRelease, match="not sealed"):
            save_stage2(wrong(shipped), path)
    assert path.read_text() == "what was there"


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "short.json"
    path.write_bytes(RAW[: int(len(RAW) * share)])
    with pytest.raises(BadRelease, match=r"short\.json is not a stage-2 release"):
        load_stage2(path)


def test_no_flipped_byte_gets_through(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "flipped.json"
    for at in rng.integers(len(RAW) - 1, size=60):
        damaged = bytearray(RAW)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with pytest.raises(BadRelease, match="flipped"):
            load_stage2(path)


def _set(*place: Any) -> Callable[[Any], None]:
    *path, last, value = place

    def change(data: Any) -> None:
        for key in path:
            data = data[key]
        data[last] = value

    return change


DEEP: Any = 1.0
for _ in range(5000):
    DEEP = [DEEP]

DAMAGE: dict[str, Callable[[Any], None]] = {
    "a number more": lambda data: data["head"]["centre"].append(0.0),
    "a number less": lambda data: data["head"]["coefficients"][0].pop(),
    "null in numbers": _set("head", "scale", 0, None),
    "text in numbers": _set("head", "scale", 0, "wide"),
    "object for array": _set("head", "centre", {"0": 1.0}),
    "number for array": _set("head", "familiar", "centres", 5.0),
    "beyond int8": _set("golden_inputs", 0, 0, 0, 0, 0, 300),
    "beyond float": _set("head", "centre", 0, 10**400),
    "null limit": _set("head", "familiar", "limit", None),
    "backbone no base64": _set("backbone", "???"),
    "backbone empty": _set("backbone", ""),
    "other kind": _set("kind", "stage1"),
    "other schema": _set("schema", 2),
    "a field too many": _set("surprise", 1),
    "a field less": lambda data: data.pop("card"),
    "metric as text": _set("card", "metrics", {"macro_auroc": "high"}),
    "id of another": _set("release_id", "0" * 64),
    "no id": _set("release_id", ""),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused(name: str, tmp_path: Path) -> None:
    data = json.loads(RAW)
    DAMAGE[name](data)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(BadRelease, match=r"bad\.json"):
        load_stage2(path)


@pytest.mark.parametrize("depth", [100, 100_000])
def test_nesting_without_end_is_refused(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(RAW.replace(b'"centre":[', b'"centre":' + b"[" * depth, 1))
    with pytest.raises(BadRelease):
        load_stage2(path)


def test_what_is_no_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match=r"none\.json cannot be read"):
        load_stage2(tmp_path / "none.json")
    with pytest.raises(BadRelease, match="cannot be read"):
        load_stage2(tmp_path)


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    with pytest.raises(BadRelease, match=f"over {MAX_BYTES} bytes"):
        load_stage2(path)


def sealed_by_hand(data: Any) -> Any:
    """Give a changed release the digest that it asks for."""
    data = deepcopy(data) | {"release_id": ""}
    made = msgspec.convert(data, Stage2Release, dec_hook=_arrays)
    digest = hashlib.sha256(_canonical(made)).hexdigest()
    return data | {"release_id": digest}


def _arrays(kind: type, value: object) -> np.ndarray:
    return np.array(value, dtype=np.int8 if "int8" in str(kind) else np.float64)


def _canonical(release: Stage2Release) -> bytes:
    return msgspec.json.encode(release, order="deterministic", enc_hook=np.ndarray.tolist)


FORGED: dict[str, Callable[[Any], None]] = {
    "centres no matrix": _set("head", "familiar", "centres", 5.0),
    "no centre": _set("head", "familiar", "centres", []),
    "a class less": lambda data: data["head"]["classes"].pop(),
    "unknown class": _set("head", "classes", 0, "gremlins"),
    "negative scale": _set("head", "scale", 0, -1.0),
    "no limit": _set("head", "familiar", "limit", 0.0),
    "other spectra": _set("spectra", "bins", 128),
    "other spectra id": _set("spectra_id", "0" * 16),
    "other features": _set("physics_names", 0, "luck_db"),
    "golden of other length": _set("golden_outputs", []),
}


def test_a_forgery_of_nothing_is_taken(tmp_path: Path) -> None:
    """The digests below are right, so that it is the parts that are refused."""
    path = tmp_path / "same.json"
    data = sealed_by_hand(json.loads(RAW))
    path.write_text(json.dumps(data))
    assert load_stage2(path).release_id == json.loads(RAW)["release_id"]


@pytest.mark.parametrize("name", FORGED)
def test_parts_that_do_not_fit_are_refused_though_the_digest_is_right(
    name: str, tmp_path: Path
) -> None:
    data = json.loads(RAW)
    FORGED[name](data)
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(sealed_by_hand(data)))
    with pytest.raises(BadRelease) as caught:
        load_stage2(path)
    assert "sealed" not in str(caught.value)


@pytest.mark.parametrize("part", ["centre", "coefficients", "intercepts", "standard_errors"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_not_sealed(
    part: str, value: float, shipped: Stage2Release
) -> None:
    broken = getattr(shipped.head, part).copy()
    broken[0] = value
    head = replace(shipped.head, **{part: broken})
    with pytest.raises(BadRelease, match=part):
        seal(changed(head=head)(shipped))


def test_golden_vectors_of_another_model_are_not_sealed(shipped: Stage2Release) -> None:
    for parts in (
        {"golden_inputs": shipped.golden_inputs[..., :-1]},
        {"golden_outputs": shipped.golden_outputs[:-1]},
        {"golden_inputs": shipped.golden_inputs[:0], "golden_outputs": shipped.golden_outputs[:0]},
    ):
        with pytest.raises(BadRelease, match="golden"):
            seal(changed(**parts)(shipped))


def test_classes_must_differ_and_hold_health(shipped: Stage2Release) -> None:
    names = list(shipped.head.classes)
    twice = [names[0] if name != HEALTHY else HEALTHY for name in names]
    without = ["overload" if name == HEALTHY else name for name in names]
    for classes in (twice, without):
        with pytest.raises(BadRelease, match="classes"):
            seal(changed(head=replace(shipped.head, classes=tuple(classes)))(shipped))


def test_a_head_retrained_on_fewer_classes_can_be_sealed(
    shipped: Stage2Release, tmp_path: Path
) -> None:
    head, keep = shipped.head, [shipped.head.classes.index(HEALTHY), 0]
    fewer = replace(
        head,
        classes=tuple(head.classes[k] for k in keep),
        coefficients=head.coefficients[keep],
        intercepts=head.intercepts[keep],
        standard_errors=head.standard_errors[keep],
    )
    path = tmp_path / "own.json"
    save_stage2(seal(changed(head=fewer)(shipped)), path)
    assert load_stage2(path).head.classes == fewer.classes


def test_another_number_is_another_release(shipped: Stage2Release) -> None:
    other = replace(shipped.head, intercepts=np.nextafter(shipped.head.intercepts, 9.0))
    assert seal(changed(head=other)(shipped)).release_id != shipped.release_id
