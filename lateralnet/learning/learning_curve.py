"""What is followed in training: weights at checkpoints, maps over whole passes, trial rates.

The series with published names keep their published definition. Their map figures alias: a
window of some trials sees part of a sweep. So the map is also measured over every whole pass
along the body, which is one visit to each training position (`pass_*`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lateralnet.learning.series import GrowingSeries
from lateralnet.measures.body_map import body_fixed_map, rms_error_cm
from lateralnet.measures.decoding import decoded_sweep
from lateralnet.measures.statistics.quantiles import quantiles
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.record import TestRecord
from lateralnet.records.sweep import Sweep
from lateralnet.simulation.spikes import LAYERS, Spikes, SpikeTrain
from lateralnet.stimulus.afferents import n_places

N_TRACKED = 24
_TRACKED_SEED_OFFSET = 777
_CHANGED = 1e-3
WEIGHT_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

SERIES = (
    "checkpoint_t_s",
    "w_mean_series",
    "w_std_series",
    "w_quantile_series",
    "tracked_weight_series",
    "w_mean_abs_delta_series",
    "w_frac_delta_gt_1e3_series",
    "ts_ckpt_rate_series",
    "pv_ckpt_t_s",
    "pv_sigma_theta_series",
    "pv_delta_trial_series",
    "pass_t_s",
    "pass_sigma_theta_series",
    "pass_rms_error_cm_series",
    "pass_valid_fraction_series",
    "trial_rate_hz_series",
    "test_t_s",
    "test_rms_error_cm_series",
)
# Checkpoints of version 0.1 lack these.
SINCE_VERSION_0_1 = {"w_quantile_series", "test_t_s", "test_rms_error_cm_series"}


class LearningCurve:
    """Accumulates the series segment by segment, in memory that a checkpoint window bounds.

    Parameters
    ----------
    params : NetworkParams
        Parameters of the run.
    w_initial : ndarray, shape (n_synapses,)
        MON->TS weights before training.
    """

    def __init__(self, params: NetworkParams, w_initial: np.ndarray) -> None:
        self._params = params
        self._w_initial = w_initial
        rng = np.random.default_rng(params.seed + _TRACKED_SEED_OFFSET)
        self._tracked = rng.choice(w_initial.size, min(N_TRACKED, w_initial.size), replace=False)
        self._series = {name: GrowingSeries() for name in SERIES}
        self._since_checkpoint = self._window(0)
        self._pass = self._window(0)
        self._last_checkpoint_step = 0

    def add_segment(self, trials: range, spikes: Spikes, x_cm: np.ndarray) -> None:
        """Take in the spikes of some trials; `x_cm` is the position at each of their steps."""
        p = self._params
        starts = np.array([p.trial_start_step(trial) for trial in (*trials, trials.stop)])
        duration_s = np.diff(starts) * p.dt_s
        rates = [
            spikes[layer].n_between(starts) / (spikes[layer].n_cells * duration_s)
            for layer in LAYERS
        ]
        self._series["trial_rate_hz_series"].extend(np.transpose(rates))
        for window in (self._since_checkpoint, self._pass):
            window.add(spikes["ts"], x_cm)
        self._measure_passes()

    def add_checkpoint(self, trial: int, w: np.ndarray) -> None:
        """Measure weights, and every so often the map, after `trial` trials."""
        p, series = self._params, self._series
        step = p.trial_start_step(trial)
        change = np.abs(w - self._w_initial)
        series["checkpoint_t_s"].append(step * p.dt_s)
        series["w_mean_series"].append(float(w.mean()))
        series["w_std_series"].append(float(w.std()))
        series["w_quantile_series"].append(quantiles(w, WEIGHT_QUANTILES))
        series["tracked_weight_series"].append(w[self._tracked])
        series["w_mean_abs_delta_series"].append(float(change.mean()))
        series["w_frac_delta_gt_1e3_series"].append(np.count_nonzero(change > _CHANGED) / w.size)
        window = self._since_checkpoint
        duration_s = (step - self._last_checkpoint_step) * p.dt_s
        series["ts_ckpt_rate_series"].append(window.n_spikes / (p.n_ts * duration_s))
        if len(series["checkpoint_t_s"]) % p.pv_eval_every_checkpoints == 0:
            pv = decoded_sweep(window.sweep(), n_bins=min(100, p.n_ts))
            series["pv_ckpt_t_s"].append(step * p.dt_s)
            series["pv_sigma_theta_series"].append(pv.sigma_theta)
            series["pv_delta_trial_series"].append(pv.delta_trial)
        self._since_checkpoint = self._window(step)
        self._last_checkpoint_step = step

    def add_test(self, trial: int, test: TestRecord) -> None:
        """Measure the map in a test with frozen weights after `trial` trials."""
        p = self._params
        body = body_fixed_map(test.sweeps("ts"), body_length_cm=p.ll_body_length_cm, n_shuffles=0)
        self._series["test_t_s"].append(p.trial_start_step(trial) * p.dt_s)
        self._series["test_rms_error_cm_series"].append(body.rms_error_cm)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all series as arrays."""
        return {name: series.array() for name, series in self._series.items()}

    def state(self) -> dict[str, np.ndarray]:
        """Return what a resumed training needs to go on with the same series."""
        held = {name: window.arrays() for name, window in self._windows().items()}
        return {
            **{f"series/{name}": array for name, array in self.arrays().items()},
            **{f"{name}/{key}": array for name, h in held.items() for key, array in h.items()},
            "last_checkpoint_step": np.array(self._last_checkpoint_step),
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take up the series of `state`."""
        for name in SERIES:
            if f"series/{name}" in state:  # a checkpoint of an earlier version lacks the newest
                self._series[name] = GrowingSeries(state[f"series/{name}"])
        for name, window in self._windows().items():
            window.restore({key: state[f"{name}/{key}"] for key in window.arrays()})
        self._last_checkpoint_step = int(state["last_checkpoint_step"])

    def restore_published(self, series: dict[str, np.ndarray], first_step: int) -> None:
        """Take up the series of a published checkpoint, which holds no windows."""
        for name in SERIES:
            if name in series:
                self._series[name] = GrowingSeries(series[name])
        self._since_checkpoint, self._pass = self._window(first_step), self._window(first_step)
        self._last_checkpoint_step = first_step

    def _window(self, first_step: int) -> _Window:
        return _Window(first_step, SpikeTrain.empty(self._params.n_ts, self._params.dt_s))

    def _windows(self) -> dict[str, _Window]:
        return {"since_checkpoint": self._since_checkpoint, "pass": self._pass}

    def _measure_passes(self) -> None:
        p = self._params
        hold_steps = max(1, round(p.training_position_hold_s / p.dt_s))
        pass_steps = n_places(p) * hold_steps
        # A window that begins within a pass (after a published checkpoint) waits for its end.
        while True:
            missing = -self._pass.first_step % pass_steps
            if missing:
                if self._pass.n_steps < missing:
                    return
                self._pass.drop(missing)
            if self._pass.n_steps < pass_steps:
                return
            self._measure_pass(pass_steps)
            self._pass.drop(pass_steps)

    def _measure_pass(self, pass_steps: int) -> None:
        p = self._params
        sweep = self._pass.sweep(pass_steps)
        pv = decoded_sweep(sweep, n_bins=min(100, p.n_ts))
        rms_cm, valid_fraction = rms_error_cm(pv.theta_hat, sweep, p.ll_body_length_cm)
        series = self._series
        series["pass_t_s"].append(self._pass.first_step * p.dt_s + pass_steps * p.dt_s)
        series["pass_sigma_theta_series"].append(pv.sigma_theta)
        series["pass_rms_error_cm_series"].append(rms_cm)
        series["pass_valid_fraction_series"].append(valid_fraction)


class _Window:
    """TS spikes and positions of consecutive steps, until they are measured."""

    def __init__(self, first_step: int, spikes: SpikeTrain) -> None:
        self.first_step = first_step
        self._spikes = spikes
        self._x_cm = np.zeros(0)

    @property
    def n_steps(self) -> int:
        return self._x_cm.size

    @property
    def n_spikes(self) -> int:
        return len(self._spikes)

    def add(self, spikes: SpikeTrain, x_cm: np.ndarray) -> None:
        self._spikes = SpikeTrain.join([self._spikes, spikes])
        self._x_cm = np.concatenate([self._x_cm, x_cm])

    def sweep(self, n_steps: int | None = None) -> Sweep:
        """Return the first `n_steps` steps, or all."""
        return Sweep(self._spikes.shifted(-self.first_step), self._x_cm[:n_steps])

    def drop(self, n_steps: int) -> None:
        """Forget the first `n_steps` steps."""
        self.first_step += n_steps
        self._spikes = self._spikes.window(self.first_step)
        self._x_cm = self._x_cm[n_steps:]

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "first_step": np.array(self.first_step),
            "step": self._spikes.step,
            "index": self._spikes.cell,
            "x_cm": self._x_cm,
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.first_step = int(arrays["first_step"])
        self._spikes = replace(self._spikes, step=arrays["step"], cell=arrays["index"])
        self._x_cm = arrays["x_cm"]


def stabilisation_time_s(time_s: np.ndarray, w_mean: np.ndarray) -> float | None:
    """Return when the mean weight came to rest, or None.

    It is the first checkpoint after which the mean weight changed by less than 0.5 % of its
    final value at four checkpoints in a row; at least six checkpoints are needed (definition of
    the published program).
    """
    if w_mean.size < 6:
        return None
    quiet = np.abs(np.diff(w_mean)) < 0.005 * abs(w_mean[-1])
    for k in range(quiet.size - 3):
        if quiet[k : k + 4].all():
            return float(time_s[k])
    return None
