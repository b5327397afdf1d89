"""The head: multinomial logistic regression on embedding and physics features, with its unknowns.

Newton's method fits it on a gateway's processor in well under a second, so it can be trained again
where the motor stands, while the backbone below it stays as it was compiled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.link import softmax
from models.multinomial import Fit, GaussianPrior, fit
from models.stage2.familiar import Familiar, fit_familiar
from models.stage2.head_inputs import class_codes, filled, joined, robust
from sensors.errors import BadConfig, BadSamples, SpecMismatch

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-4
"""Of the gradient, summed over captures: it moves no probability by as much."""
RIDGE = 1.0
"""Prior precision of every coefficient, for inputs of unit scale: about e to one a sigma."""


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head.

    Attributes
    ----------
    classes : tuple of str
        ``healthy`` and conditions, in the order of the probabilities.
    centre, scale : float64 arrays, shape (q,)
        Robust location and scale of every input; what is masked is zero after scaling.
    coefficients : float64 array, shape (K, q)
        Log odds of each class against the geometric mean of all, per scaled input.
    intercepts : float64 array, shape (K,)
        Logits of an input that is typical in everything.
    standard_errors : float64 array, shape (K, q + 1)
        Of coefficients and intercept, from the inverse Hessian.
    familiar : Familiar
        How far embeddings stand from all that was learnt.
    """

    classes: tuple[str, ...]
    centre: Floats
    scale: Floats
    coefficients: Floats
    intercepts: Floats
    standard_errors: Floats
    familiar: Familiar

    def probabilities(
        self, inputs: npt.ArrayLike, told: npt.NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return the class probabilities of each row, shape (n, K).

        Parameters
        ----------
        inputs : array_like, shape (n, q)
            Embedding, then physics features; NaN where masked.
        told : bool array, shape (n, K), optional
            Classes that the row's senses can tell (`models.stage2.needs.told_classes`); the others
            have probability 0.

        Raises
        ------
        SpecMismatch
            The inputs are of another length than the head's.
        """
        logits = self.scaled(inputs) @ self.coefficients.T + self.intercepts
        return softmax(logits if told is None else np.where(told, logits, -np.inf))

    def unknown(self, inputs: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Say which rows are far from all that was learnt, shape (n,)."""
        rows = self._rows(inputs)
        return self.familiar.is_far(rows[:, : self.familiar.centres.shape[1]])

    def _rows(self, inputs: npt.ArrayLike) -> Floats:
        rows = np.atleast_2d(np.asarray(inputs, dtype=np.float64))
        if rows.shape[1] != self.centre.size:
            raise SpecMismatch(
                f"{rows.shape[1]} inputs for a head of {self.centre.size}; use the backbone that "
                "the head was trained on"
            )
        return rows

    def scaled(self, inputs: npt.ArrayLike) -> Floats:
        """Return inputs as the regression takes them: of unit scale, held, masked ones zero.

        Raises
        ------
        SpecMismatch
            As `probabilities`.
        """
        return filled((self._rows(inputs) - self.centre) / self.scale)


def train_head(
    embeddings: npt.NDArray[np.floating],
    physics: npt.NDArray[np.floating],
    labels: Sequence[str],
    *,
    false_unknown: float,
    units: Sequence[str] | None = None,
    weights: npt.ArrayLike | None = None,
    ridge: float = RIDGE,
) -> Head:
    """Fit a head.

    Parameters
    ----------
    embeddings : array, shape (n, width)
        Of the backbone as it runs: int8, not its float twin.
    physics : array, shape (n, P)
        `models.stage2.physics`; NaN where masked.
    labels : sequence of str, length n
        Class of each row.
    false_unknown : float
        Share of familiar captures that may be called unknown.
    units : sequence of str, length n, optional
        Which machine each row is of: what is unknown is learnt on machines left out.
    weights : array_like, shape (n,), optional
        Sample weights.
    ridge : float
        Penalty on the scaled coefficients.

    Raises
    ------
    OneClass
        A single class.
    BadSamples
        An embedding is not finite, or the lengths differ.
    """
    inputs = joined(embeddings, physics, labels)
    classes, codes = class_codes(labels)
    centre, scale = robust(inputs)
    fitted: Fit = fit(
        filled((inputs - centre) / scale), codes, ridge=ridge, weights=weights, tolerance=TOLERANCE
    )
    return Head(
        classes=tuple(str(name) for name in classes),
        centre=centre,
        scale=scale,
        coefficients=fitted.coefficients,
        intercepts=fitted.intercepts,
        standard_errors=fitted.standard_errors,
        familiar=fit_familiar(
            np.asarray(embeddings, dtype=np.float64),
            codes,
            false_rate=false_unknown,
            units=units,
        ),
    )


def retrain_head(
    head: Head,
    embeddings: npt.NDArray[np.floating],
    physics: npt.NDArray[np.floating],
    labels: Sequence[str],
    *,
    forgetting: float,
    weights: npt.ArrayLike | None = None,
) -> Head:
    """Fit a head anew on own captures, with the old one as Gaussian prior.

    The prior is independent in each coefficient, ``precision = forgetting / standard error^2``.
    Scaling and what is familiar stay as they were. Which classes get labels is chance and choice,
    so labels tell only between the classes that have some; the others keep what was believed of
    them, and the classes that have labels keep their place among them.

    Parameters
    ----------
    head : Head
        What was believed before.
    embeddings, physics, labels, weights
        As `train_head`.
    forgetting : float
        Between 0 (nothing is kept) and 1 (all of it is).

    Raises
    ------
    BadConfig
        Forgetting is not between 0 and 1.
    OneClass
        A single class.
    BadSamples
        A label that the head does not know, an embedding that is not finite, or lengths differ.
    SpecMismatch
        The inputs are of another length than the head's.
    """
    if not 0.0 <= forgetting <= 1.0:
        raise BadConfig(f"forgetting = {forgetting} must lie between 0 and 1")
    inputs = joined(embeddings, physics, labels)
    names, codes = class_codes(labels)
    strange = sorted(set(names.tolist()) - set(head.classes))
    if strange:
        raise BadSamples(
            f"head: cannot learn {', '.join(strange)}; it knows {', '.join(head.classes)}"
        )
    rows = np.array([head.classes.index(str(name)) for name in names])
    believed = np.column_stack([head.coefficients, head.intercepts])
    certainty = 1.0 / np.maximum(head.standard_errors[rows], 1e-6) ** 2
    fitted = fit(
        head.scaled(inputs),
        codes,
        prior=_between(believed[rows], certainty, forgetting),
        weights=weights,
        start=believed[rows] - believed[rows].mean(axis=0),
        tolerance=TOLERANCE,
    )
    found = np.column_stack([fitted.coefficients, fitted.intercepts])
    # What the labels cannot tell, all their classes against all others, stays where it was.
    moved = found + np.average(believed[rows] - found, axis=0, weights=certainty)
    now, errors = believed.copy(), head.standard_errors.copy()
    now[rows], errors[rows] = moved, fitted.standard_errors
    now -= now.mean(axis=0)
    return replace(head, coefficients=now[:, :-1], intercepts=now[:, -1], standard_errors=errors)


def _between(mean: Floats, certainty: Floats, forgetting: float) -> GaussianPrior:
    """Return what is believed of some classes against each other, the rest left open.

    Parameters
    ----------
    mean, certainty : float64 arrays, shape (K, q + 1)
        Of each parameter, independent; what all K have in common is integrated out.
    forgetting : float
        Times all certainty.
    """
    K, size = mean.shape
    share = certainty / certainty.sum(axis=0)
    precision = np.zeros((K, size, K, size))
    each = np.arange(size)
    # Advanced indices apart from each other come first: the shape is (q + 1, K, K).
    precision[:, each, :, each] = np.einsum("kj,klj->jkl", certainty, np.eye(K)[:, :, None] - share)
    precision *= forgetting
    return GaussianPrior(mean.ravel(), precision.reshape(K * size, K * size))
