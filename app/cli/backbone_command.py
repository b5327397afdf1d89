"""`motorwatch backbone`: make stage 2's release, and say what it is worth."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, out, print_json, table
from app.cli.options import JsonOption
from app.stage2 import SHIPPED_STAGE2, card_facts
from app.workers import cores
from models.stage2.release import load_stage2, save_stage2
from sensors.errors import BadConfig
from sensors.output import check_writable

app = typer.Typer(
    help="Make stage 2's release (backbone, head, card) anew, or read the card of one.",
    no_args_is_help=True,
)
TOLD_EVERY = 100


@app.command()
def train(
    cases: Annotated[int, typer.Option(help="Machines to simulate.", min=200)] = 4000,
    epochs: Annotated[int, typer.Option(help="Passes over them.", min=1)] = 40,
    seed: Annotated[int, typer.Option(help="Where the training's random numbers start.")] = 0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Release to write.")] = Path(
        "stage2.json"
    ),
    examples: Annotated[
        Path | None,
        typer.Option(
            help="Keep the simulated examples in this NPZ, or take them from it if it is there."
        ),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; all cores if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a stage-2 release: simulate machines, train, quantise, fit the head, measure, seal.

    Needs torch and ai-edge-quantizer (pip install 'motorwatch[backbone]'); minutes on two cores.
    The same command gives the same release on the same machine.

    Example: motorwatch backbone train -o stage2.json
    """
    from app.backbone.examples import drawn_examples, load_examples, save_examples
    from app.backbone.make import Plan, check_tools, make_release

    check_tools()
    check_writable(output)
    if examples is not None and examples.exists():
        drawn = load_examples(examples)
        if len(drawn.units) != cases:
            raise BadConfig(
                f"{examples} holds {len(drawn.units)} cases, not {cases}; give --cases or another "
                "file"
            )
    else:
        if examples is not None:
            check_writable(examples)

        def tell(done: int) -> None:
            if done % TOLD_EVERY == 0:
                note(f"{done} of {cases} machines simulated")

        drawn = drawn_examples(range(cases), jobs or cores(), tell)
        if examples is not None:
            save_examples(drawn, examples)
    release, _ = make_release(drawn, Plan(epochs=epochs, seed=seed), note)
    save_stage2(release, output)
    if as_json:
        print_json({"output": str(output), **card_facts(release)})
        return
    _show(card_facts(release))
    note(f"written to {output}")


@app.command()
def card(
    release: Annotated[
        Path | None,
        typer.Argument(help="Release; the one that ships if left out.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a release's model card: what it learnt from, what was measured, what it cannot do.

    Example: motorwatch backbone card
    """
    facts = card_facts(load_stage2(release or SHIPPED_STAGE2))
    if as_json:
        print_json(facts)
    else:
        _show(facts)


def _show(facts: dict[str, object]) -> None:
    rows = table(f"stage-2 release {str(facts['release_id'])[:12]}", ["fact", "value"])
    for name, value in facts.items():
        if name == "metrics" and isinstance(value, dict):
            for metric, figure in value.items():
                rows.add_row(f"{metric} (simulated)", f"{figure:.4g}")
        elif isinstance(value, (list, tuple)):
            rows.add_row(name, "; ".join(map(str, value)))
        elif isinstance(value, dict):
            rows.add_row(name, "; ".join(f"{key}: {one}" for key, one in value.items()))
        else:
            rows.add_row(name, str(value))
    out.print(rows)
