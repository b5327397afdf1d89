import pytest

from app.results.registry import PROTOCOLS, find_protocols, missing_sets, run_protocol
from sensors.errors import BadConfig
from sensors.recordings.manifest import ready_names


def test_names_are_unique_and_manifests_are_ready():
    names = [protocol.name for protocol in PROTOCOLS]
    assert len(set(names)) == len(names)
    assert {m for protocol in PROTOCOLS for m in protocol.manifests} <= set(ready_names())


def test_a_protocol_is_found_by_its_name_or_by_its_data():
    assert [p.name for p in find_protocols("skab")] == ["skab"]
    assert all("hit_sm_bearing" in p.manifests for p in find_protocols("hit_sm_bearing"))


def test_an_unknown_name_lists_what_there_is_and_what_was_meant():
    with pytest.raises(BadConfig, match=r"mean adi_motor_vib\?.*there are: .*itsc.*--manifest"):
        find_protocols("adi")
    with pytest.raises(BadConfig, match=r"mean skab\?"):
        find_protocols("skabb")


def test_missing_data_says_where_it_comes_from(tmp_path):
    (skab,) = find_protocols("skab")
    assert missing_sets(skab, tmp_path) == ("skab",)
    with pytest.raises(BadConfig, match=r"skab is not there.*github\.com/waico.*MOTORWATCH_DATA"):
        run_protocol(skab, tmp_path)


def test_every_data_set_has_a_protocol(data_dir):
    covered = {name for protocol in PROTOCOLS for name in protocol.manifests}
    assert {folder.name for folder in data_dir.iterdir() if folder.is_dir()} <= covered
