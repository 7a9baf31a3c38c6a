"""Binding against sums written out, and what is measured against what is derived."""

import numpy as np
import pytest

from set_contrastive.foundations.bindings import schemes
from set_contrastive.foundations.bindings import theory
from set_contrastive.foundations.bindings import trees


def test_convolution_is_the_sum_of_its_formula():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 7))
    by_sum = [sum(a[k] * b[(i - k) % 7] for k in range(7)) for i in range(7)]
    np.testing.assert_allclose(schemes.convolve(a, b), by_sum, atol=1e-12)
    # The inner product moves a role to the other side: <a (*) b, c> = <b, a' (*) c>.
    c = rng.normal(size=7)
    moved = schemes.convolve(schemes.involution(a), c)
    assert schemes.convolve(a, b) @ c == pytest.approx(b @ moved)


@pytest.mark.parametrize("dim", [8, 9])
def test_unitary_roles_are_undone_by_their_involution(dim):
    role = schemes.unitary_roles(np.random.default_rng(0), 1, 1, dim)[0, 0]
    undone = schemes.convolve(role, schemes.involution(role))
    np.testing.assert_allclose(undone, np.eye(dim)[0], atol=1e-12)


@pytest.mark.parametrize("pairs", [1, 3, 8])
def test_the_dual_basis_gives_back_all_fillers_of_as_many_roles_as_dimensions(pairs):
    rng = np.random.default_rng(0)
    scheme = schemes.SCHEMES["tensor"]
    roles = scheme.roles(rng, 2, pairs, 64)
    fillers = schemes.unit_vectors(rng, 2, pairs, 8)
    memory = sum(
        np.stack([np.outer(fillers[t, i], roles[t, i]) for t in range(2)])
        for i in range(pairs)
    )
    np.testing.assert_allclose(scheme.bind(roles, fillers), memory, atol=1e-12)
    np.testing.assert_allclose(scheme.unbind(roles, memory), fillers, atol=1e-8)


@pytest.mark.parametrize("name", schemes.SCHEMES)
@pytest.mark.parametrize(("pairs", "total"), [(1, 256), (6, 256), (20, 144)])
def test_noise_is_as_derived(name, pairs, total):
    found = schemes.measure(
        schemes.SCHEMES[name], np.random.default_rng(1), 800, pairs, total, 20
    )
    expected = theory.noise(name, pairs, total)
    assert found["noise"] == pytest.approx(expected, rel=0.05, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "pairs", "total"),
    [
        ("tensor", 24, 256),
        ("tensor_role", 12, 256),
        ("hadamard", 20, 256),
        ("hadamard", 5, 64),
        ("convolution", 20, 256),
        ("unitary", 20, 256),
    ],
)
def test_the_share_that_comes_back_is_as_derived(name, pairs, total):
    found = schemes.measure(
        schemes.SCHEMES[name], np.random.default_rng(2), 300, pairs, total, 40
    )
    expected = theory.recovered(name, pairs, total, 40)
    assert 0.3 < expected < 0.995  # Where something is to be seen.
    assert found["recovered"] == pytest.approx(expected, abs=0.04)


def test_scores_have_the_variances_of_the_table():
    """Draws scores of Hadamard memories with loops, apart from `schemes`."""
    rng = np.random.default_rng(3)
    pairs, dim, right, unbound, bound = 4, 32, [], [], []
    for _ in range(4000):
        words = rng.normal(size=(pairs + 1, dim))
        words /= np.linalg.norm(words, axis=1, keepdims=True)
        roles = rng.choice([-1, 1], size=(pairs, dim))
        memory = sum(role * word for role, word in zip(roles, words, strict=False))
        scores = words @ (roles[0] * memory)
        cosines = words @ words[0]
        right.append(scores[0] - 1)
        bound.append(scores[1] - cosines[1])
        unbound.append(scores[-1] - cosines[-1])
    _, *expected = theory.MOMENTS["hadamard"](pairs, dim)
    found = [np.var(scores) for scores in (right, unbound, bound)]
    np.testing.assert_allclose(found, expected, rtol=0.12)


def test_the_least_total_is_the_first_that_is_enough():
    least = theory.least_total("hadamard", 8, 64, 0.99)
    assert theory.recovered("hadamard", 8, least, 64) >= 0.99
    assert theory.recovered("hadamard", 8, least - 1, 64) < 0.99
    square = theory.least_total("tensor_role", 8, 64, 0.99)
    side = round(square**0.5)
    assert side**2 == square
    assert theory.recovered("tensor_role", 8, (side - 1) ** 2, 64) < 0.99


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_paths_of_the_same_roles_are_told_apart_as_far_as_products_do(depth):
    rng = np.random.default_rng(4)

    def share(name, own):
        return trees.measure(name, rng, 20, depth, 4096, 16, own)

    # Convolution does not tell the order of left and right: k + 1 of 2^k are left.
    assert share("unitary", False) == pytest.approx((depth + 1) / 2**depth)
    # Signs tell only whether left and right are an even number: 2 of 2^k are left.
    assert share("hadamard", False) == pytest.approx(2 / 2**depth)
    assert share("unitary", True) == share("hadamard", True) == 1.0


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_tensor_keeps_a_tree_exactly(depth):
    rng = np.random.default_rng(5)
    assert trees.tensor_tree(rng, depth, 6, 20) == (6 * 2**depth, depth + 1, 1.0)
