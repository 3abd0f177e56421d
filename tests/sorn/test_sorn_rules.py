"""Each rule against a loop over neurons, and tables of neighbours against dense matrices."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sorn import rules
from sorn.engines.array_step import insert_synapse
from sorn.engines.devices import open_library
from sorn.engines.neighbours import NeighbourTable, VacantSites


def random_network(seed, sources=9, targets=9, density=0.4):
    rng = np.random.default_rng(seed)
    weights = rng.random((sources, targets)) * (rng.random((sources, targets)) < density)
    before, now = (rng.integers(0, 2, size) for size in (sources, targets))
    return rng, weights, before.astype(float), now.astype(float)


NUMPY = open_library("numpy", None).namespace
"""NumPy as an array API namespace, whatever its version."""


def insertion_constants(ne):
    """What `insert_synapse` needs of the constants of a run."""
    return SimpleNamespace(
        off_diagonal=~np.eye(ne, dtype=bool), inserted=np.float32(0.001), nothing=np.float64(0.0)
    )


seeds = st.integers(0, 10_000)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_stdp_follows_the_order_of_spikes(seed):
    _, weights, before, now = random_network(seed)
    changed = rules.spike_timing_plasticity(
        np, weights, before[:, None], now[:, None], before[None], now[None], 0.3
    )
    for j in range(9):
        for i in range(9):
            expected = weights[j, i]
            if weights[j, i] > 0:
                expected += 0.3 * (now[i] * before[j] - before[i] * now[j])
                expected = min(max(expected, 0.0), 1.0)
            assert changed[j, i] == pytest.approx(expected, abs=1e-15)


@given(seeds, st.sampled_from([0.0, 0.05]))
@settings(max_examples=25, deadline=None)
def test_inhibitory_plasticity_holds_or_prunes(seed, floor):
    _, weights, before, now = random_network(seed)
    changed = rules.inhibitory_plasticity(np, weights, before[:, None], now, 0.2, 0.1, floor)
    for k in range(9):
        for i in range(9):
            expected = weights[k, i]
            if weights[k, i] > 0:
                expected -= 0.2 * before[k] * (1 - now[i] * (1 + 1 / 0.1))
                expected = min(max(expected, floor), 1.0)
            assert changed[k, i] == pytest.approx(expected, abs=1e-15)


def test_intrinsic_plasticity_raises_thresholds_of_neurons_that_fire_too_often():
    thresholds, now = np.array([0.2, 0.2, 0.999, 0.001]), np.array([1.0, 0.0, 1.0, 0.0])
    free = rules.intrinsic_plasticity(np, thresholds, now, 0.1, 0.01, None)
    np.testing.assert_allclose(free, thresholds + 0.01 * (now - 0.1))
    clipped = rules.intrinsic_plasticity(np, thresholds, now, 0.1, 0.01, (0.0, 1.0))
    np.testing.assert_allclose(clipped[:2], free[:2])
    assert clipped[2] == 1.0
    assert clipped[3] == 0.0


def test_scaling_keeps_an_empty_column_empty():
    weights = np.array([[0.2, 0.0], [0.6, 0.0]])
    np.testing.assert_allclose(
        rules.synaptic_scaling(np, weights), [[0.25, 0.0], [0.75, 0.0]], rtol=1e-15
    )


def test_threshold_decides_exact_ties():
    potential = np.array([-0.1, 0.0, 0.1])
    assert rules.fires(np, potential, inclusive=False).tolist() == [0, 0, 1]
    assert rules.fires(np, potential, inclusive=True).tolist() == [0, 1, 1]


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_insertion_takes_the_ranked_vacant_site(seed):
    rng, weights, _, _ = random_network(seed)
    vacant_pairs = [(j, i) for j in range(9) for i in range(9) if i != j and weights[j, i] <= 0]
    rank = int(rng.integers(len(vacant_pairs)))
    constants = insertion_constants(9)
    fraction = np.asarray((rank + 0.5) / len(vacant_pairs))
    changed = insert_synapse(NUMPY, constants, weights, fraction)
    assert np.argwhere(changed != weights).tolist() == [list(vacant_pairs[rank])]
    assert changed[vacant_pairs[rank]] == np.float32(0.001)
    assert VacantSites(weights).take(rank) == vacant_pairs[rank]
    unchanged = insert_synapse(NUMPY, constants, weights, np.asarray(-1.0))
    np.testing.assert_array_equal(unchanged, weights)


def test_no_insertion_is_lost_above_the_whole_numbers_of_single_precision():
    """4200 x 4200 sites are more than the 2**24 whole numbers of float32."""
    ne = 4200
    weights = np.zeros((ne, ne), dtype=np.float32)
    vacant = ne * (ne - 1)
    for rank in (vacant - 1, vacant - 2):
        fraction = np.asarray((rank + 0.5) / vacant)
        changed = insert_synapse(NUMPY, insertion_constants(ne), weights, fraction)
        assert np.argwhere(changed).tolist() == [[ne - 1, ne - 2 - (vacant - 1 - rank)]]


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_table_holds_the_same_matrix_through_insertions_and_pruning(seed):
    rng, dense, before, _ = random_network(seed, sources=8, targets=5)
    table = NeighbourTable(dense)
    for _ in range(12):
        empty = np.argwhere(dense == 0)
        if len(empty):
            source, target = empty[rng.integers(len(empty))]
            dense[source, target] = 0.5
            table.insert(int(source), int(target), 0.5)
        victim = rng.random(table.weights.shape) < 0.2
        table.weights[victim] = 0.0
        sources, targets = table.prune()
        dense[sources, targets] = 0.0
        np.testing.assert_array_equal(table.dense(), dense)
        assert table.count == np.count_nonzero(dense)
        expected = (dense * before[:, None]).sum(axis=0)
        drive = rules.drive(np, table.weights, table.look_up(before))
        np.testing.assert_array_equal(drive, expected)
        for column in table.sources.T:  # ascending, so that sums add in the published order
            assert (np.diff(column[column < 8]) > 0).all()
    table.compact()
    np.testing.assert_array_equal(table.dense(), dense)


def test_compaction_drops_slots_that_nobody_needs():
    table = NeighbourTable(np.full((20, 4), 0.1))
    table.weights[3:] = 0.0
    table.prune()
    table.compact()
    assert len(table.sources) == 5
    assert table.count == 12


def test_released_sites_are_vacant_again_but_never_the_diagonal():
    sites = VacantSites(np.full((3, 3), 0.5))
    assert sites.count == 0
    sites.release(np.array([0, 1, 1]), np.array([2, 1, 0]))
    assert sites.count == 2
    assert sites.take(1) == (1, 0)
    assert sites.take(0) == (0, 2)
