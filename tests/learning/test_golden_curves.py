"""Every series that is followed in training keeps its numbers on known spikes."""

import numpy as np

from lateralnet.learning.cooperation import excitation_V
from lateralnet.learning.learning_curve import LearningCurve
from lateralnet.learning.training import tail_start
from lateralnet.learning.weights import weight_statistics
from lateralnet.network.wiring import make_replica
from tests.figures.figure_records import make_scene
from tests.golden_values import assert_golden, summed
from tests.learning.test_learning_curve import RANDOM_INDEX, _curve
from tests.tiny import tiny


def test_learning_curves_of_made_up_spikes():
    found = {
        kind: {
            name: summed(series)
            for name, series in make_scene({"trained": kind}, **changes).record.curves.items()
        }
        for kind, changes in {
            "perfect": {"pv_eval_every_checkpoints": 3},
            "random": {"n_training_trials": 44, "training_position_hold_s": 0.03},
        }.items()
    }
    passes = _curve([0, 10, 20, 30], RANDOM_INDEX)
    found["passes"] = {name: summed(series) for name, series in passes.items()}
    assert_golden("learning_curves", found)


def test_what_a_checkpoint_holds_of_a_curve():
    params = tiny(n_training_trials=30)
    curve = LearningCurve(params, np.linspace(0.0, 1.0, 50))
    curve.add_checkpoint(10, np.linspace(0.0, 0.9, 50))
    assert_golden("curve_state", {name: summed(array) for name, array in curve.state().items()})


def test_statistics_and_schedules_of_weights():
    start = np.linspace(0.0, 0.05, 41)
    found = weight_statistics(np.clip(1.3 * start - 0.004, 0.0, 0.05), start, 0.05)
    params = tiny(ts_lateral_exc_radius=2, ts_lateral_exc_peak_mV=4.0,
                  ts_lateral_exc_radius_start=8, ts_lateral_exc_peak_start_mV=1.0,
                  n_training_trials=40)  # fmt: skip
    replica = make_replica(params)
    assert_golden("weights", {
        "statistics": vars(found),
        "excitation_V": {str(t): summed(excitation_V(replica, t)) for t in (0, 7, 20, 39)},
        "tail_start": tail_start(params),
    })  # fmt: skip
