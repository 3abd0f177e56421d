"""The reservoir among scikit-learn's estimators and ReservoirPy's nodes."""

import numpy as np
import pytest

from sorn import InputError, Network, ParameterError, SornError

sklearn = pytest.importorskip("sklearn", reason="readouts need scikit-learn")
from sklearn.base import clone  # noqa: E402
from sklearn.linear_model import Ridge, RidgeClassifier  # noqa: E402
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402

from sorn import Reservoir  # noqa: E402

SYMBOLS = np.tile([0, 1, 2, 2, 1], 60)
X = np.random.default_rng(1).random((80, 3))


def test_activity_has_a_row_for_each_step_and_is_the_same_at_every_call():
    reservoir = Reservoir(ne=50, seed=1).fit(X)
    activity = reservoir.transform(X)
    assert activity.shape == (80, 50)
    assert set(np.unique(activity)) == {0.0, 1.0}
    before = reservoir.network_.state["Wee"]
    np.testing.assert_array_equal(activity, reservoir.transform(X))
    np.testing.assert_array_equal(reservoir.network_.state["Wee"], before)


def test_it_is_the_network_that_it_says():
    reservoir = Reservoir(ne=50, seed=4, options={"noise": False}).fit(X)
    network = Network(ne=50, nu=3, seed=4, noise=False)
    network.run(X.T, record=())
    network.phase = "training"
    network.reset()
    np.testing.assert_array_equal(reservoir.transform(X), network.run(X.T)["excitatory"])


def test_a_static_reservoir_does_not_learn():
    learned, static = (Reservoir(ne=50, seed=1, learns=learns).fit(X) for learns in (True, False))
    start = Network(ne=50, nu=3, seed=1).state["Wee"]
    np.testing.assert_array_equal(static.network_.state["Wee"], start)
    assert not np.array_equal(learned.network_.state["Wee"], start)


def test_trials_start_at_rest_whatever_came_before():
    options = {"noise": False}
    reservoir = Reservoir(ne=50, seed=1, options=options).fit([X[:30], X[30:]])
    together = reservoir.transform([X[:30], X[30:]])
    np.testing.assert_array_equal(together[30:], reservoir.transform(X[30:]))
    np.testing.assert_array_equal(together, reservoir.transform([X[:30], X[30:]]))
    stacked = reservoir.transform(np.stack([X[:40], X[40:]]))
    np.testing.assert_array_equal(stacked[:40], reservoir.transform(X[:40]))
    carried = Reservoir(ne=50, seed=1, options=options, reset=False).fit(X)
    both = carried.transform([X[:30], X[30:]])
    np.testing.assert_array_equal(both, carried.transform(X))


def test_symbols_drive_pools_and_a_pipeline_predicts_the_next_one():
    model = make_pipeline(Reservoir("lazar2009", symbols=3, ne=100, seed=1), RidgeClassifier())
    model.fit(SYMBOLS[:-1], SYMBOLS[1:])
    assert model.score(SYMBOLS[:-1], SYMBOLS[1:]) > 0.95
    pools = model[0].network_.parameters.input_pools
    assert [len(pool) for pool in pools] == [10] * 3
    assert len(np.unique(np.concatenate(pools))) == 30


@pytest.mark.parametrize("readout", ["ridge", "logistic", Ridge(alpha=0.1)])
def test_a_readout_of_its_own_predicts_after_the_warmup(readout):
    reservoir = Reservoir(ne=60, symbols=3, seed=1, readout=readout, warmup=20)
    target = SYMBOLS[1:]
    reservoir.fit(SYMBOLS[:-1], target)
    predicted = reservoir.predict(SYMBOLS[:-1])
    assert predicted.shape == target.shape
    assert reservoir.score(SYMBOLS[:-1], target) > 0.8
    spoilt = target.copy()
    spoilt[:20] = 0
    again = clone(reservoir).fit(SYMBOLS[:-1], spoilt)
    np.testing.assert_array_equal(again.predict(SYMBOLS[:-1]), predicted)


def test_parameters_can_be_searched():
    search = GridSearchCV(
        make_pipeline(Reservoir(ne=50, symbols=3, pool_size=5, seed=1), RidgeClassifier()),
        {"reservoir__pool_size": [2, 8]},
        cv=TimeSeriesSplit(2),
    )
    search.fit(SYMBOLS[:100], SYMBOLS[1:101])
    assert search.best_params_["reservoir__pool_size"] in (2, 8)
    assert np.isfinite(search.best_score_)


@pytest.mark.parametrize(
    ("options", "call", "message"),
    [
        ({}, lambda r: r.fit(np.ones(5)), r"a trial has shape \(5,\)"),
        ({}, lambda r: r.fit([np.ones((5, 2)), np.ones((5, 3))]), "with the same rows"),
        ({"symbols": 3}, lambda r: r.fit([0, 1, 3]), "whole numbers in 0..2"),
        ({"symbols": 3}, lambda r: r.fit([0.5, 1.0]), "whole numbers in 0..2"),
        ({"readout": "lasso"}, lambda r: r.fit(X, X[:, 0]), "choose from ridge, logistic"),
        ({"readout": "ridge"}, lambda r: r.fit(X, X[:5, 0]), "target has 5 steps, the sequence 80"),
        ({}, lambda r: r.fit(X, X[:, 0]).predict(X), "there is no readout"),
        ({"options": {"nois": 1}}, lambda r: r.fit(X), "Did you mean 'noise'"),
    ],
)
def test_what_does_not_fit_is_an_error_in_words(options, call, message):
    with pytest.raises((InputError, ParameterError, SornError), match=message):
        call(Reservoir(ne=50, seed=1, **options))


def test_a_reservoirpy_node_gives_the_activity_and_joins_a_readout():
    pytest.importorskip("reservoirpy", reason="the node needs ReservoirPy")
    from reservoirpy.nodes import Ridge as RidgeNode

    from sorn.readouts.reservoirpy_node import ReservoirNode

    network = Network(ne=50, nu=3, seed=1, noise=False)
    network.run(X.T, record=())
    frozen = network.copy(phase="training")
    frozen.reset()
    node = ReservoirNode(network)
    np.testing.assert_array_equal(node.run(X), frozen.run(X.T)["excitatory"])
    model = ReservoirNode(network) >> RidgeNode(ridge=1e-3)
    fitted = model.fit(X[:-1], X[1:, :1], warmup=5)
    assert fitted.run(X).shape == (80, 1)
    with pytest.raises(ParameterError, match="a node is one network"):
        ReservoirNode(Network(ne=50, seed=1, batch=2))
