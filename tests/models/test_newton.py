from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.curvature import Quadratic, equilibration, factorise
from models.newton import Minimum, minimise
from sensors.errors import NotConverged

Floats = npt.NDArray[np.float64]


def bowl(
    hessian: Floats, bottom: Floats, offset: float = 0.0
) -> tuple[Callable[[Floats], tuple[float, Floats]], Callable[[Floats], Floats]]:
    """The two functions of a parabola."""

    def slope(point: Floats) -> tuple[float, Floats]:
        away = point - bottom
        return float(away @ hessian @ away) / 2 + offset, hessian @ away

    return slope, lambda point: hessian


def steep(point: Floats) -> tuple[float, Floats]:
    """``sum sqrt(1 + x^2)``: from far away the full Newton step goes ``-x^3``, far beyond."""
    root = np.sqrt(1 + point**2)
    return float(root.sum()), point / root


def steep_hessian(point: Floats) -> Floats:
    return np.diag((1 + point**2) ** -1.5)


def solve(hessian: Floats, bottom: Floats) -> Minimum:
    return minimise(*bowl(hessian, bottom), np.zeros(len(bottom)))


def test_a_parabola_takes_one_step() -> None:
    hessian = np.array([[4.0, 1.0], [1.0, 3.0]])
    found = solve(hessian, np.array([1.0, -2.0]))
    assert found.converged
    assert found.point == pytest.approx([1.0, -2.0], rel=1e-12)
    assert [step.step_length for step in found.trace] == [1.0, 0.0]
    assert found.trace[0].decrement == pytest.approx(found.trace[0].objective)
    assert found.trace[0].damping == 0.0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_columns_of_any_scale_are_solved_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((8, 5))
    scale = 10.0 ** rng.integers(-12, 13, 5)
    hessian = (root.T @ root + np.eye(5)) * np.outer(scale, scale)
    bottom = rng.standard_normal(5) / scale
    found = solve(hessian, bottom)
    assert found.converged
    assert found.point * scale == pytest.approx(bottom * scale, rel=1e-8, abs=1e-8)
    assert len(found.trace) <= 3


def test_equilibration_is_exact_and_leaves_zeros() -> None:
    scale = equilibration(np.diag([1e24, 1e-24, 3.0, 0.0]))
    assert np.array_equal(np.frexp(scale)[0], np.full(4, 0.5))
    assert scale[3] == 1.0
    scaled = scale[:3] ** 2 * [1e24, 1e-24, 3.0]
    assert np.all((scaled >= 0.5) & (scaled <= 2.0))


def test_the_line_search_shortens_steps_that_overshoot() -> None:
    start = np.array([3.0, -2.0, 5.0])
    found = minimise(steep, steep_hessian, start)
    assert found.converged
    assert found.point == pytest.approx(0.0, abs=1e-5)
    assert min(step.step_length for step in found.trace[:-1]) < 1.0
    objectives = [step.objective for step in found.trace]
    assert objectives == sorted(objectives, reverse=True)


def test_the_last_point_has_its_own_hessian() -> None:
    found = minimise(steep, steep_hessian, np.array([0.4]), first_hessian=np.eye(1))
    assert not found.trace[0].new_hessian
    assert found.trace[-1].new_hessian
    assert np.array_equal(found.local.hessian, steep_hessian(found.point))
    assert np.array_equal(found.local.gradient, steep(found.point)[1])


def test_a_useless_given_hessian_is_replaced() -> None:
    functions = bowl(np.diag([1.0, 100.0]), np.ones(2))
    found = minimise(*functions, np.zeros(2), first_hessian=np.diag([1e4, 1e4]))
    assert found.converged
    assert found.point == pytest.approx([1.0, 1.0])
    assert len(found.trace) < 6


def test_a_singular_hessian_is_damped_in_sight() -> None:
    column = np.array([1.0, 2.0])
    hessian = np.outer(column, column)
    found = solve(hessian, np.array([3.0, 0.0]))
    assert found.converged
    assert found.trace[0].damping > 0.0
    assert column @ found.point == pytest.approx(3.0)


def test_a_negative_eigenvalue_is_refused() -> None:
    with pytest.raises(NotConverged, match="not convex"):
        factorise(np.array([[1.0, 3.0], [3.0, 1.0]]))


def test_too_few_iterations_are_said() -> None:
    found = minimise(steep, steep_hessian, np.array([3.0]), max_iterations=2)
    assert not found.converged
    assert "2 iterations" in found.reason
    assert len(found.trace) == 3


def test_overflow_at_the_start_is_named() -> None:
    with pytest.raises(NotConverged, match="overflows"):
        minimise(*bowl(np.full((1, 1), np.inf), np.ones(1)), np.zeros(1))


def test_batches_add_up() -> None:
    total = Quadratic(1.0, np.ones(2), np.eye(2)) + Quadratic(2.0, np.ones(2), np.eye(2))
    assert total.objective == 3.0
    assert np.array_equal(total.gradient, [2.0, 2.0])
    assert np.array_equal(total.hessian, 2 * np.eye(2))


def test_singular_to_rounding_counts_as_singular() -> None:
    assert factorise(np.array([[1.0, 1.0 - 1e-14], [1.0 - 1e-14, 1.0]])).damping > 0.0
    assert factorise(np.array([[1.0, 1.0 - 1e-9], [1.0 - 1e-9, 1.0]])).damping == 0.0


def test_a_small_gradient_in_a_flat_valley_is_not_the_bottom() -> None:
    hessian = np.array([[1.0, 1.0 - 1e-9], [1.0 - 1e-9, 1.0]])
    found = solve(hessian, np.array([50.0, -50.0]))
    assert found.trace[0].gradient_norm < 1e-6
    assert found.converged
    assert found.point == pytest.approx([50.0, -50.0], rel=1e-4)
