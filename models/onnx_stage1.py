"""Stage 1's logistic score as ONNX, in double precision as it is computed here."""

import numpy as np

from models.onnx_graph import Step, onnx_file
from models.release import Release


def stage1_to_onnx(release: Release) -> bytes:
    """Write the score of a release.

    The graph takes what `models.baseline` makes of a window, a motor's own deviations:
    ``deviations (n, F)``, float64, zero where masked. It gives ``logit (n, 1)`` and
    ``probability (n, 1)``. Distance, limits and episodes are not in it.

    Parameters
    ----------
    release : Release
        Sealed.

    Raises
    ------
    MissingDependency
        onnx is not installed.
    """
    return onnx_file(
        "stage1",
        [
            Step("Max", ["deviations", "least"], "raised"),
            Step("Min", ["raised", "most"], "held"),
            Step("MatMul", ["held", "coefficients"], "product"),
            Step("Add", ["product", "intercept"], "logit"),
            Step("Sigmoid", ["logit"], "probability"),
        ],
        inputs={"deviations": [len(release.feature_names)]},
        outputs={"logit": [1], "probability": [1]},
        constants={
            "least": release.least.astype(np.float64),
            "most": release.most.astype(np.float64),
            "coefficients": release.coefficients.astype(np.float64)[:, None],
            "intercept": np.array([release.intercept], dtype=np.float64),
        },
        kind=np.float64,
        facts={
            "release_id": release.release_id,
            "spec_id": release.spec_id,
            "features": "\n".join(release.feature_names),
        },
    )
