"""The import arrow sensors <- dsp <- models <- app; heavy libraries only where wrapped."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("sensors", "dsp", "models", "app")
DEVELOPMENT_ONLY = {
    "app/backbone/fit.py": {"torch"},
    "app/results/stage2_rivals.py": {"sklearn"},
}
"""Where they may be: the backbone's training, and the rivals of an evaluation."""
NEVER_AT_RUN_TIME = {"torch", "tensorflow", "pandas", "sklearn", "statsmodels", "pickle", "pycoral"}
HEAVY = {"h5py", "nptdms", "soundfile", "pyarrow", "matplotlib", "jinja2", "plotext"}


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_itself_and_those_below(layer: str) -> None:
    above = LAYERS[LAYERS.index(layer) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(layer)
        for name in imports(path)
        if name.split(".")[0] in above
    ]
    assert not wrong


@pytest.mark.parametrize("layer", LAYERS)
def test_heavy_libraries_stay_out(layer: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(layer)
        for name in imports(path)
        if name.split(".")[0] in NEVER_AT_RUN_TIME or name.startswith("scipy.signal")
        if name.split(".")[0] not in DEVELOPMENT_ONLY.get(path.relative_to(ROOT).as_posix(), ())
    ]
    assert not wrong


def test_the_command_line_starts_without_heavy_libraries() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import app.cli.main, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    # The standard library itself imports pickle, for processes.
    assert not (NEVER_AT_RUN_TIME - {"pickle"}) & set(said.stdout.split())


@pytest.mark.parametrize("layer", ("sensors", "dsp", "models"))
def test_optional_libraries_are_imported_where_they_are_needed(layer: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name} when it is itself imported"
        for path in modules(layer)
        for name in imports(path, top_level=True)
        if name.split(".")[0] in HEAVY
    ]
    assert not wrong


def test_no_module_hides_one_of_the_standard_library() -> None:
    # A script's own folder comes first on the path: the repository's, and the application's.
    folders = [ROOT, ROOT / "app", ROOT / "app" / "dashboard"]
    names = [path for folder in folders for path in folder.glob("*") if path.suffix in ("", ".py")]
    assert not [str(path) for path in names if path.stem in sys.stdlib_module_names]


def test_no_utils() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert not [p for layer in LAYERS for p in modules(layer) if p.stem in vague]


def test_files_stay_readable() -> None:
    long = [
        f"{path.relative_to(ROOT)} ({count})"
        for layer in LAYERS
        for path in modules(layer)
        if (count := len(path.read_text().splitlines())) > 300
    ]
    assert not long  # at 250 lines ask whether two things live in one file; 300 is too many
