"""Which operators of a model the Edge TPU takes, and why not the others.

The rules are those of its maker, in `edgetpu.toml`; the compiler itself has the last word.
"""

from functools import cache
from pathlib import Path

import msgspec

from models.accelerator.tflite_model import Operator, Tensor, TfliteModel
from models.rules_file import read_rules

RULES = Path(__file__).with_name("edgetpu.toml")
COMPILED = "edgetpu-custom-op"
"""Name of the operator that the compiler puts in place of those it maps (libedgetpu)."""


class ModelRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every mapped operator's tensors must be.

    Attributes
    ----------
    kinds : tuple of str
        Types of what is computed and of weights.
    most_dimensions : int
        How many innermost sizes may be above one; all others must be one.
    one_scale : tuple of str
        Operators whose weights must have one scale, not one a channel.
    """

    kinds: tuple[str, ...]
    most_dimensions: int
    one_scale: tuple[str, ...]


class EdgeTpuRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Edge TPU's rules, with their source.

    Attributes
    ----------
    source, confidence : str
        Where they come from and how sure they are.
    model : ModelRules
        What holds for every operator.
    operators : dict of str to str
        Operators that can be mapped, with the documented condition.
    """

    source: str
    confidence: str
    model: ModelRules
    operators: dict[str, str]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one operator.

    Attributes
    ----------
    operator : str
        Its name.
    version : int
        The version that the file asks for.
    output : str
        The tensor it computes.
    mapped : bool
        Whether it runs on the Edge TPU.
    reason : str
        Why not; for a mapped one the condition that was not checked here, if there is one.
    """

    operator: str
    version: int
    output: str
    mapped: bool
    reason: str


@cache
def edgetpu_rules() -> EdgeTpuRules:
    """Return the shipped rules.

    Raises
    ------
    BadConfig
        The file was damaged.
    """
    return read_rules(RULES, EdgeTpuRules, what="Edge TPU rules", example="edgetpu.toml")


def map_operators(model: TfliteModel, rules: EdgeTpuRules | None = None) -> list[Mapping]:
    """Say of every operator whether the Edge TPU takes it.

    The compiler makes one partition, from the first operator on: what follows an operator that
    stays on the CPU stays there too.
    """
    asked, blocked, said = rules or edgetpu_rules(), "", []
    for operator in model.operators:
        reason = blocked or _refusal(operator, model, asked)
        if reason and not blocked:
            blocked = f"comes after {operator.name}, which stays on the CPU: one partition only"
        said.append(
            Mapping(
                operator=operator.name,
                version=operator.version,
                output=model.tensors[operator.outputs[0]].name if operator.outputs else "",
                mapped=not reason,
                reason=reason or asked.operators.get(operator.name, ""),
            )
        )
    return said


def is_compiled(model: TfliteModel) -> bool:
    """Say whether a model has been through the Edge TPU's compiler."""
    return any(operator.name == COMPILED for operator in model.operators)


def _refusal(operator: Operator, model: TfliteModel, rules: EdgeTpuRules) -> str:
    if operator.name == COMPILED:
        return ""
    if model.graphs > 1:
        return f"the file holds {model.graphs} graphs; one is supported"
    if operator.name not in rules.operators:
        return "the Edge TPU has no such operator"
    touched = [n for n in (*operator.inputs, *operator.outputs) if n >= 0]
    reasons = (_tensor_refusal(operator, n, model.tensors[n], rules.model) for n in touched)
    return next((reason for reason in reasons if reason), "")


def _tensor_refusal(operator: Operator, number: int, tensor: Tensor, rules: ModelRules) -> str:
    if tensor.dynamic:
        return f"tensor {tensor.name} has no static shape"
    if tensor.kind == "int32" and tensor.constant:
        return ""  # a bias, or the shape of a reshape
    if tensor.kind not in rules.kinds or not tensor.scales:
        return f"tensor {tensor.name} is {tensor.kind}, not quantised to 8 bits"
    outer = tensor.shape[: -rules.most_dimensions]
    if any(size != 1 for size in outer) and not tensor.constant:
        return (
            f"tensor {tensor.name} of shape {tensor.shape} has more than "
            f"{rules.most_dimensions} dimensions above one"
        )
    weight = tensor.constant and number in operator.inputs
    if weight and operator.name in rules.one_scale and len(tensor.scales) > 1:
        return f"the weights {tensor.name} have a scale a channel; one is supported"
    return ""
