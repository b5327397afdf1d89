"""`motorwatch export`: what it writes, and what it refuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("onnx", reason="needs the extra exchange")

import onnx

from app.cli.main import app
from app.template import template_release
from models.release import save_release
from sensors.errors import BadConfig, BadRelease, OutputError


@pytest.fixture
def release(tmp_path: Path) -> Path:
    file = tmp_path / "release.json"
    save_release(template_release(), file)
    return file


def export(*words: object):
    return CliRunner().invoke(app, ["export", *map(str, words)])


def test_stage_one_becomes_onnx(release: Path, tmp_path: Path) -> None:
    target = tmp_path / "stage1.onnx"
    done = export(release, "-o", target)
    assert done.exit_code == 0, done.output
    model = onnx.load(target)
    assert [one.name for one in model.graph.output] == ["logit", "probability"]


def test_what_cannot_be_exported_is_refused(release: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(release.read_text().replace('"intercept":', '"intercept":1', 1))
    text = tmp_path / "text.json"
    text.write_text("hello")
    for source, target, error in (
        (release, "model.txt", BadConfig),
        (release, "model.tflite", BadConfig),
        (tmp_path / "none.json", "model.onnx", BadRelease),
        (broken, "model.onnx", BadRelease),
        (text, "model.onnx", BadRelease),
        (release, "nowhere/model.onnx", OutputError),
    ):
        result = export(source, "-o", tmp_path / target)
        assert isinstance(result.exception, error), (source.name, target, result.output)
        assert not (tmp_path / target).exists()
