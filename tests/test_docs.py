"""The documentation is true: commands, options, fields, states, words and codes are compared."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
import typer
from pages import ARCHITECTURE, FENCE, PAGES, ROOT, prose, sections, title
from typer.testing import CliRunner

from app.cli.main import INTERRUPTED, app
from app.config import ReplayConfig
from app.messages import Alarm, SensorStatus, State
from app.results.result import Result
from dsp.audit import CHECKS
from dsp.audit_note import AuditNote
from models.card import Card, SenseStance
from models.finding import Candidate, Evidence, Finding, Measure, SenseReport, Severity
from sensors import errors
from sensors.conditions import Condition

EXAMPLES = ("", "sh", "console", "bash")
SECTIONS = sections(ROOT / "docs" / "CLI.md")

COMMAND: Any = typer.main.get_command(app)


def leaves(command: Any = COMMAND, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that can be run, by the words that run it."""
    for name, sub in command.commands.items():
        if hasattr(sub, "commands"):
            yield from leaves(sub, f"{path}{name} ")
        else:
            yield path + name, sub


LEAVES = dict(leaves())


def options(command: Any) -> set[str]:
    """Long names of a command's options."""
    named = [p for p in command.params if p.param_type_name == "option"]
    given = {next(o for o in p.opts if o.startswith("--")) for p in named}
    return given | {o for p in named for o in p.secondary_opts}


def first_cells(text: str, head: str) -> list[str]:
    """First column of the table whose header row begins with `head`, without backticks."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.strip().startswith(f"| {head} |")]
    assert len(starts) == 1, f"{len(starts)} tables begin with {head!r}"
    rows = []
    for line in lines[starts[0] + 2 :]:
        if not line.strip().startswith("|"):
            break
        rows.append(line.strip().strip("|").split("|")[0].strip().strip("`"))
    return rows


# --- commands -----------------------------------------------------------------------------------


def test_every_command_has_its_section_and_every_section_its_command() -> None:
    documented = {head.removeprefix("motorwatch ") for head in SECTIONS if "motorwatch" in head}
    assert documented == set(LEAVES)


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_a_section_has_exactly_the_options_of_its_command(name: str) -> None:
    # Examples may call other commands too; they are compared with the program themselves.
    text = re.sub(r"^```sh\n.*?^```", "", SECTIONS[f"motorwatch {name}"], flags=re.M | re.DOTALL)
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))
    assert told - {"--help"} == options(LEAVES[name])


def examples() -> Iterator[tuple[str, str]]:
    """Every line of an example that calls the program, with the page it stands on."""
    for page in PAGES:
        for language, block in FENCE.findall(page.read_text()):
            if language in EXAMPLES:
                for line in block.replace("\\\n", " ").splitlines():
                    yield title(page), line.strip().removeprefix("$ ")


CALLS = [
    (page, re.sub(r"^\S*motorwatch ", "", line))
    for page, line in examples()
    if re.match(r"(\.venv/bin/)?motorwatch ", line)
]


def test_there_are_examples() -> None:
    assert len(CALLS) > 30


@pytest.mark.parametrize(("page", "line"), CALLS, ids=lambda text: text[:60])
def test_an_example_is_a_call_the_program_understands(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    end = next((i for i, word in enumerate(words) if word in ("|", ">", "&&")), len(words))
    command, words = COMMAND, words[:end]
    while hasattr(command, "commands"):
        assert words and words[0] in command.commands, f"{page}: no command {words[:1]}"
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, words)  # raises on an unknown option or missing argument


def test_commands_named_in_prose_exist() -> None:
    wrong = []
    for page in PAGES:
        for said in re.findall(r"`motorwatch ([^`]+)`", prose(page)):
            words = said.split()
            names = {" ".join(words[:1]), " ".join(words[:2])}
            if not names & (set(LEAVES) | set(COMMAND.commands)):
                wrong.append(f"{title(page)}: motorwatch {said}")
    assert not wrong


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (title(page), target)
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert not {(page, target) for page, target in named if target not in targets}


# --- what is printed ------------------------------------------------------------------------------


def fields(struct: type[msgspec.Struct], prefix: str) -> set[str]:
    return {prefix + name for name in struct.__struct_fields__}


FINDINGS = (
    fields(Finding, "findings[].")
    | fields(Severity, "findings[].severity.")
    | fields(Evidence, "findings[].evidence[].")
)


def printed(tmp_path: Path, command: str) -> set[str]:
    path = tmp_path / "noise.csv"
    np.savetxt(path, np.random.default_rng(1).standard_normal(10_000), header="acc", comments="")
    result = CliRunner().invoke(app, [command, str(path), "--rate", "5000", "--json"])
    assert result.exit_code == 0, result.output
    return set(json.loads(result.stdout.splitlines()[0]))


def test_fields_of_diagnose(tmp_path: Path) -> None:
    notes = fields(AuditNote, "audit[].") | fields(Candidate, "provisional[].")
    notes |= fields(SenseReport, "senses[].") | fields(Measure, "measured[].")
    notes |= fields(Card, "cards[].") | fields(SenseStance, "cards[].senses[].")
    told = first_cells(SECTIONS["motorwatch diagnose"], "field")
    assert set(told) == printed(tmp_path, "diagnose") | FINDINGS | notes


def test_fields_of_replay(tmp_path: Path) -> None:
    told = first_cells(SECTIONS["motorwatch replay"], "field")
    assert set(told) == printed(tmp_path, "replay") | fields(Alarm, "alarm.")


def test_fields_of_evaluate() -> None:
    told = SECTIONS["motorwatch evaluate"].split("`--json`: one object")[1]
    names = re.findall(r"`(\w+)`", told.split("(")[0])
    assert names == list(Result.__struct_fields__)


def test_keys_of_the_configuration() -> None:
    told = first_cells(SECTIONS["motorwatch replay"], "key")
    assert told == list(ReplayConfig.__struct_fields__)


def test_checks_of_the_audit() -> None:
    told = first_cells(SECTIONS["motorwatch inspect"], "check")
    assert told == [name for name, _, _ in CHECKS]


def test_states() -> None:
    told = SECTIONS["States"]
    assert set(first_cells(told, "health of the machine")) == set(get_args(State))
    sensor = first_cells(told, "health of the sensor (NAMUR NE 107)")
    assert set(sensor) == set(get_args(SensorStatus))


def test_the_vocabulary_is_whole() -> None:
    told = first_cells(SECTIONS["Vocabulary"], "condition")
    assert told == [condition.value for condition in Condition]


def subclasses(kind: type[errors.MotorwatchError]) -> Iterator[type[errors.MotorwatchError]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


ERRORS = [one for one in subclasses(errors.MotorwatchError) if one.__module__ == errors.__name__]


def test_exit_codes() -> None:
    told = SECTIONS["Exit codes"]
    codes = {one.exit_code for one in ERRORS} | {0, errors.MotorwatchError.exit_code, INTERRUPTED}
    assert {int(code) for code in first_cells(told, "code")} == codes
    for one in ERRORS:
        row = next(line for line in told.splitlines() if f"`{one.__name__}`" in line)
        assert row.startswith(f"| {one.exit_code} |"), one.__name__


def test_every_error_stands_in_the_architectures_tree() -> None:
    text = ARCHITECTURE.read_text()
    assert not [one.__name__ for one in ERRORS if not re.search(rf"\b{one.__name__}\b", text)]
