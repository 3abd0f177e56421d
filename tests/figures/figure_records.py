"""Records made up for the tests of figures: small networks whose spikes are known."""

import numpy as np

from lateralnet import preset
from lateralnet.figures.seed_data import Scene
from lateralnet.learning.learning_curve import LearningCurve
from lateralnet.learning.training import FROZEN_TEST_TRIALS
from lateralnet.measures.evaluation import measures_of
from lateralnet.network.topology import ll_to_mon, mon_to_ts
from lateralnet.records.record import TAIL_S, SeedRecord, TestRecord
from lateralnet.simulation.spikes import LAYERS, SpikeTrain, no_spikes
from lateralnet.stimulus.drives import TrainingStimulus
from lateralnet.stimulus.sweeps import test_drive

DT_S = 0.001
SMALL = {"n_ll": 20, "n_mon": 48, "n_ts": 24, "n_training_trials": 20, "trial_duration_s": 0.4}


def spikes_on_diagonal(x_cm, n, body_cm, every):
    """Return spikes of the cell whose place the sphere passes, every so many steps."""
    step = np.flatnonzero((x_cm >= 0) & (x_cm <= body_cm) & (np.arange(x_cm.size) % every == 0))
    cell = np.rint(x_cm[step] / body_cm * (n - 1)).astype(np.int32)
    return SpikeTrain(step.astype(np.int64), cell, n, DT_S)


def random_spikes(n_steps, n, count, seed):
    rng = np.random.default_rng(seed)
    step, cell = rng.integers(0, n_steps, count), rng.integers(0, n, count)
    order = np.lexsort((cell, step))
    return SpikeTrain(step[order], cell[order].astype(np.int32), n, DT_S)


def layer_spikes(kind, x_cm, params, seed):
    """Return the spikes of all layers; `kind` says what TS and MON do."""
    spikes = {}
    for layer, n in params.n_cells.items():
        if kind == "silent" and layer != "ll":
            spikes[layer] = SpikeTrain.empty(n, DT_S)
        elif kind == "few" and layer == "ts":
            spikes[layer] = random_spikes(x_cm.size, n, 3, seed)
        elif kind == "random" and layer == "ts":
            spikes[layer] = random_spikes(x_cm.size, n, 400, seed)
        else:
            every = {"ll": 2, "mon": 3, "ts": 5}[layer]
            spikes[layer] = spikes_on_diagonal(x_cm, n, params.ll_body_length_cm, every)
    return spikes


def make_test(kind, params):
    sweeps = [test_drive(params, sweep) for sweep in range(params.test_sweeps)]
    return TestRecord(
        dt_s=params.dt_s,
        x_cm=np.array([s.x_cm for s in sweeps]),
        y_cm=np.array([s.y_cm for s in sweeps]),
        spikes=tuple(layer_spikes(kind, s.x_cm, params, seed) for seed, s in enumerate(sweeps)),
    )


def training_curves(kind, params, w_initial, w):
    """Return learning curves of spikes on the diagonal, and the spikes of the last two seconds."""
    curve = LearningCurve(params, w_initial)
    n_steps = params.trial_start_step(params.n_training_trials)
    tail = no_spikes(params.n_cells, DT_S)
    if params.n_training_trials:
        rates, row = TrainingStimulus(params).drive(0, n_steps)
        x_cm = TrainingStimulus(params).snapshots(0, len(rates)).x_cm[row]
        spikes = layer_spikes(kind, x_cm, params, seed=1)
        n_trials = params.n_training_trials
        for trial in range(n_trials):
            start, stop = params.trial_start_step(trial), params.trial_start_step(trial + 1)
            part = {layer: spikes[layer].window(start, stop) for layer in LAYERS}
            curve.add_segment(range(trial, trial + 1), part, x_cm[start:stop])
            if trial % 2:
                share = (trial + 1) / n_trials
                curve.add_checkpoint(trial + 1, w_initial + share * (w - w_initial))
            if trial + 1 in FROZEN_TEST_TRIALS:
                curve.add_test(trial + 1, make_test(kind, params))
        first = max(0, n_steps - round(TAIL_S / params.dt_s))
        for layer in LAYERS:
            tail[layer] = spikes[layer].window(first, n_steps)
    return curve.arrays(), tail


def make_record(params, kinds):
    """Return a record; `kinds` says for each condition what its spikes are like."""
    rng = np.random.default_rng(params.seed)
    (i, j), (ll_i, ll_j) = mon_to_ts(params), ll_to_mon(params)
    w_initial = 0.02 + 0.005 * rng.random(i.size)
    w = np.clip(w_initial + 0.02 * rng.standard_normal(i.size), 0.0, params.mon_ts_wmax)
    ll_initial = 9.0 + 8.0 * rng.random(ll_i.size)
    curves, tail = training_curves(kinds["trained"], params, w_initial, w)
    stimulus = TrainingStimulus(params)
    shown = stimulus.snapshots(0, min(stimulus.n_snapshots, 4 * params.n_ll))
    return SeedRecord(
        seed=params.seed,
        weights={
            "mon_ts_i": i, "mon_ts_j": j, "mon_ts_w": w, "mon_ts_w_initial": w_initial,
            "ll_mon_i": ll_i, "ll_mon_j": ll_j, "ll_mon_w_initial_mV": ll_initial,
            "ll_mon_w_mV": 0.8 * ll_initial if params.ll_mon_use_stdp else ll_initial,
        },
        curves=curves,
        training={
            "x_cm": shown.x_cm,
            "distance_cm": shown.distance_cm,
            "t_s": shown.t_start_s,
            "end_s": np.array(params.trial_start_step(params.n_training_trials) * params.dt_s),
        },
        tail=tail,
        tests={condition: make_test(kind, params) for condition, kind in kinds.items()},
    )  # fmt: skip


def make_scene(kinds=None, mode="ll_fast", **overrides):
    """Return a scene of a small network; a perfect map after random spikes by default."""
    params = preset("ll_fast", **{**SMALL, **overrides})
    record = make_record(params, kinds or {"untrained": "random", "trained": "perfect"})
    measures = {name: measures_of(test, params) for name, test in record.tests.items()}
    return Scene(mode, params, record, measures)
