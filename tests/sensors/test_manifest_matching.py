from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.errors import BadConfig, RecordingError
from sensors.recordings import patience
from sensors.recordings.globs import name_regex, path_regex
from sensors.recordings.matching import match_files, unmatched
from sensors.recordings.schema import Entry, Manifest, Snapshots


def manifest(*entries: Entry, skip: tuple[str, ...] = ()) -> Manifest:
    return Manifest(schema=1, name="bench", recordings=entries, skip=skip)


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


names = st.text("ab1_.-[", min_size=1, max_size=4).filter(lambda name: name.strip("."))
globs = st.sampled_from(
    [
        "*",
        "a*",
        "*/b*",
        "**/*",
        "**/a?",
        "?",
        "[ab]*",
        "[!a]*",
        "a*/**/*1",
        "[[]*",
        "*[.-]*",
        "*.1",
        "a/*/b",
    ]
)


@settings(max_examples=60, deadline=None)
@given(paths=st.lists(st.lists(names, min_size=1, max_size=3), max_size=6), glob=globs)
def test_globs_mean_what_pathlib_means(
    tmp_path_factory: pytest.TempPathFactory, paths: list[list[str]], glob: str
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for parts in paths:
        path = root.joinpath(*parts)
        if not any(parent.is_file() for parent in path.parents) and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    expected = {path for path in root.glob(glob) if path.is_file()}
    files = {path for path in root.rglob("*") if path.is_file()}
    regex = path_regex(glob)
    assert {f for f in files if regex.fullmatch(f.relative_to(root).as_posix())} == expected


def test_first_entry_that_fits_has_the_file(tmp_path: Path) -> None:
    tree(tmp_path, "a_1.csv", "a_2.csv", "b.csv")
    bench = manifest(Entry(files="a_1.csv", note="odd"), Entry(files="*.csv"))
    assert {m.title: m.entry.note for m in match_files(bench, tmp_path)} == {
        "a_1.csv": "odd",
        "a_2.csv": None,
        "b.csv": None,
    }


def test_skipped_and_hidden_files_and_the_manifest_itself_are_not_matched(tmp_path: Path) -> None:
    tree(tmp_path, "a.csv", "LICENSE", ".hidden/x.csv", "manifest.toml", "notes.pdf")
    bench = manifest(Entry(files="**/*"), skip=("LICENSE",))
    assert [m.title for m in match_files(bench, tmp_path)] == ["a.csv", "notes.pdf"]
    some = manifest(Entry(files="*.csv"), skip=("LICENSE",))
    assert [path.name for path in unmatched(some, tmp_path)] == ["notes.pdf"]


def test_a_folder_or_a_file_inside_the_data_set_finds_its_place(tmp_path: Path) -> None:
    tree(tmp_path, "Off/x.wav", "Run/y.wav")
    bench = manifest(Entry(files="Off/*.wav", note="off"), Entry(files="Run/*.wav"))
    assert [m.title for m in match_files(bench, tmp_path / "Off")] == ["Off/x.wav"]
    assert [m.entry.note for m in match_files(bench, tmp_path / "Off" / "x.wav")] == ["off"]


def test_relative_and_absolute_sources_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, "Off/x.wav")
    monkeypatch.chdir(tmp_path / "Off")
    bench = manifest(Entry(files="Off/*.wav"))
    assert [m.title for m in match_files(bench, Path("x.wav"))] == ["Off/x.wav"]
    assert [m.title for m in match_files(bench, Path())] == ["Off/x.wav"]


def test_files_of_one_folder_make_one_series(tmp_path: Path) -> None:
    tree(tmp_path, "B1/acc_1.csv", "B1/acc_2.csv", "B2/acc_1.csv", "B1/temp_1.csv")
    pieces = Entry(files="B*/acc_*.csv", snapshots=Snapshots(period_s=10.0))
    found = match_files(manifest(pieces, Entry(files="*/temp_*.csv")), tmp_path)
    assert sorted((m.title, len(m.files)) for m in found) == [
        ("B1", 2),
        ("B1/temp_1.csv", 1),
        ("B2", 1),
    ]
    assert {m.path for m in found if len(m.files) == 2} == {tmp_path / "B1"}


def test_no_match_tells_what_is_there(tmp_path: Path) -> None:
    tree(tmp_path, "a.mat", "b.mat")
    with pytest.raises(BadConfig, match=r"\*\.csv.*a\.mat, b\.mat"):
        match_files(manifest(Entry(files="*.csv")), tmp_path)


def test_pattern_that_does_not_fit_names_file_and_entry(tmp_path: Path) -> None:
    tree(tmp_path, "a.csv")
    with pytest.raises(BadConfig, match=r"\[\[recordings\]\] 1 .*pattern.*'a\.csv'"):
        match_files(manifest(Entry(files="*.csv", pattern=r"(?P<rpm>\d+)")), tmp_path)


def test_missing_source_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no such file or folder"):
        match_files(manifest(Entry(files="*.csv")), tmp_path / "nowhere")


@pytest.mark.parametrize(
    "entry",
    [
        Entry(files="*.csv", pattern="(a+)+$"),
        Entry(files="*a" * 30 + "*x"),
        Entry(files="**a" * 30),
    ],
)
def test_a_pattern_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Entry
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.05)
    tree(tmp_path, "a" * 50 + "!.csv")
    with pytest.raises(BadConfig, match=r"manifest \w+: .* for ever"):
        match_files(manifest(entry), tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab*?.", max_size=8), st.text(alphabet="ab.", max_size=8))
def test_a_glob_for_columns_means_what_fnmatch_means(glob: str, name: str) -> None:
    assert bool(name_regex(glob).fullmatch(name)) == fnmatchcase(name, glob)


def test_many_stars_in_a_column_name_end_soon() -> None:
    assert name_regex("*a" * 100 + "*x").fullmatch("a" * 5000) is None
