"""`motorwatch pki` and `motorwatch broker` as an operator meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
from mistakes import refused
from typer.testing import CliRunner

pytest.importorskip("cryptography")
from app.cli.main import app
from app.cli.pki_command import PASSPHRASE


def run(*words: str | Path, **more: object) -> Any:
    return CliRunner().invoke(app, list(map(str, words)), **more)  # type: ignore[arg-type]


def done(*words: str | Path) -> Any:
    result = run(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_from_an_authority_to_a_broker(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    done("pki", "init", ca, "--site", "hall-2")
    done("pki", "issue", ca, "mq", "--role", "broker", "--host", "127.0.0.1")
    said = done("pki", "issue", ca, "node", "--role", "device", "--motor", "a", "--motor", "b")
    bundle = Path(said.stdout.strip())
    assert (bundle / "node.key").is_file()
    done("broker", "config", ca, "-o", tmp_path / "broker", "--bind", "127.0.0.1")
    access = (tmp_path / "broker" / "access.acl").read_text()
    assert "topic write motorwatch/v1/hall-2/b/report" in access
    assert "mosquitto -c" in done(
        "broker", "config", ca, "-o", tmp_path / "broker", "--at", "/mosquitto/config"
    ).stderr.replace("\n", " ")
    done("pki", "revoke", ca, "node")
    rows = [json.loads(line) for line in done("pki", "list", ca, "--json").stdout.splitlines()]
    assert [(row["name"], row["state"].split()[0]) for row in rows] == [
        ("mq", "valid"),
        ("node", "revoked"),
    ]
    assert "device:node" in done("pki", "list", ca).stdout


def test_what_expires_soon_is_said_with_what_to_do(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    done("pki", "init", ca)
    done("pki", "issue", ca, "edge", "--role", "gateway", "--days", "29")
    done("pki", "issue", ca, "hub", "--role", "platform", "--days", "31")
    said = done("pki", "list", ca).stderr
    assert "edge --renew" in said and "hub" not in said
    done("pki", "issue", ca, "edge", "--renew")
    assert "--renew" not in done("pki", "list", ca).stderr


def test_the_passphrase_comes_from_the_environment_or_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = tmp_path / "ca"
    monkeypatch.setenv(PASSPHRASE, "lang und geheim ä")
    done("pki", "init", ca, "--passphrase")
    done("pki", "issue", ca, "edge", "--role", "gateway")
    monkeypatch.delenv(PASSPHRASE)
    refused = run("pki", "revoke", ca, "edge")
    assert PASSPHRASE in str(refused.exception)
    assert b"lang" not in (ca / "audit.jsonl").read_bytes()
    asked = run("pki", "init", tmp_path / "asked", "--passphrase", input="secret\nsecret\n")
    assert asked.exit_code == 0
    assert b"ENCRYPTED" in (tmp_path / "asked" / "ca.key").read_bytes()
    assert "secret" not in asked.output


def test_an_empty_passphrase_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "")
    said = run("pki", "init", tmp_path / "ca", "--passphrase")
    assert said.exit_code != 0
    assert not (tmp_path / "ca" / "ca.key").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["pki", "issue", "CA", "../x", "--role", "gateway"], 2, "BadConfig"),
        (["pki", "issue", "CA", "x", "--role", "root"], 2, "'root' is not"),
        (["pki", "issue", "CA", "x", "--role", "gateway", "--csr", "none"], 2, "none"),
        (["pki", "issue", "CA", "x", "--role", "gateway", "--csr", "CA"], 2, "BadConfig"),
        (["pki", "issue", "none", "x", "--role", "gateway"], 2, "pki init"),
        (["pki", "list", "none"], 2, "pki init"),
        (["pki", "revoke", "CA", "x"], 2, "pki list"),
        (["pki", "init", "CA"], 2, "never overwritten"),
        (["pki", "init", "none/below"], 6, "parent"),
        (["broker", "config", "CA", "-o", "out"], 2, "--role broker"),
        (["broker", "config", "CA", "-o", "out", "--port", "0"], 2, "port"),
    ],
)
def test_mistakes(
    tmp_path: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done("pki", "init", tmp_path / "CA")
    result = refused(tmp_path, words, capsys)
    assert result.code == code, result.words
    assert said in result.words
