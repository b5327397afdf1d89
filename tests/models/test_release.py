import json

import msgspec
import numpy as np
import pytest
from support.stage1 import make_release

from models.release import MAX_BYTES, load_release, save_release, seal
from sensors.errors import BadRelease, OutputError


@pytest.fixture(scope="module")
def release():
    return make_release()


def test_release_comes_back_exactly_as_it_was_saved(release, tmp_path):
    path = tmp_path / "r.json"
    save_release(release, path)
    back = load_release(path)
    assert back.release_id == release.release_id
    assert np.array_equal(back.hessian, release.hessian)
    assert np.array_equal(back.scatter.known, release.scatter.known)
    assert back.scatter.known.dtype == np.bool_
    assert back.limits == release.limits
    assert not back.coefficients.flags.writeable
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_unknown_population_scale_survives(release, tmp_path):
    population = np.array([1.0, np.nan, 2.0])
    path = tmp_path / "r.json"
    save_release(seal(msgspec.structs.replace(release, population=population)), path)
    assert np.array_equal(load_release(path).population, population, equal_nan=True)


def test_same_content_has_the_same_id_and_other_content_another(release):
    assert seal(release).release_id == release.release_id
    moved = seal(msgspec.structs.replace(release, intercept=release.intercept + 1e-12))
    assert moved.release_id != release.release_id


def test_changed_number_is_noticed(release, tmp_path):
    path = tmp_path / "r.json"
    save_release(release, path)
    content = json.loads(path.read_text())
    content["intercept"] += 0.1
    path.write_text(json.dumps(content))
    with pytest.raises(BadRelease, match="changed"):
        load_release(path)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"kind": "stage2"}', b"\x80\x04\x95", b"[" * 100_000, b"\xff" * 10],
)
def test_other_files_are_refused(raw, tmp_path):
    path = tmp_path / "r.json"
    path.write_bytes(raw)
    with pytest.raises(BadRelease):
        load_release(path)


def test_unknown_field_text_in_array_and_other_schema_are_refused(release, tmp_path):
    path = tmp_path / "r.json"
    save_release(release, path)
    good = json.loads(path.read_text())
    for change in ({"more": 1}, {"coefficients": ["a", "b", "c"]}, {"schema": 2}, {"hessian": "x"}):
        path.write_text(json.dumps(good | change))
        with pytest.raises(BadRelease, match=r"r\.json"):
            load_release(path)


def test_huge_file_is_not_read(tmp_path):
    path = tmp_path / "r.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 50)
    with pytest.raises(BadRelease, match="bytes"):
        load_release(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BadRelease, match="nowhere"):
        load_release(tmp_path / "nowhere.json")


def test_parts_must_fit_together(release):
    for change in (
        {"coefficients": np.zeros(2)},
        {"hessian": np.full((4, 4), np.nan)},
        {"population": np.zeros(1)},
        {"intercept": float("inf")},
    ):
        with pytest.raises(BadRelease):
            seal(msgspec.structs.replace(release, **change))


def test_unsealed_or_unwritable_release_leaves_nothing_behind(release, tmp_path):
    with pytest.raises(BadRelease, match="seal"):
        save_release(msgspec.structs.replace(release, intercept=9.0), tmp_path / "r.json")
    with pytest.raises(OutputError, match="gone"):
        save_release(release, tmp_path / "gone" / "r.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        save_release(release, tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
