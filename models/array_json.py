"""Arrays in JSON, as releases hold them: nested lists of numbers, read back read-only."""

import msgspec
import numpy as np
import numpy.typing as npt


def encode_array(value: object) -> object:
    """Turn an array into lists: msgspec's hook for what it does not know."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"a release holds no {type(value).__name__}")


def decode_array(kind: type, value: object) -> npt.NDArray[np.generic]:
    """Turn lists into read-only arrays; null stands for NaN, which JSON has not.

    Raises
    ------
    msgspec.ValidationError
        The value is no array of numbers.
    """
    wanted = next((dtype for name, dtype in DTYPES.items() if name in str(kind)), np.float64)
    try:
        array: npt.NDArray[np.generic] = np.array(value, dtype=wanted)
    except (TypeError, ValueError, OverflowError) as error:
        raise msgspec.ValidationError(f"an array of numbers was expected: {error}") from error
    array.setflags(write=False)
    return array


DTYPES: dict[str, type[np.generic]] = {"bool": np.bool_, "float32": np.float32, "int8": np.int8}
"""By what the annotation says; anything else is float64."""
