"""The floor under a step: the least work that any implementation of the model has to do.

Per step and network, and nothing else:

* draw one normal number per neuron, and scale it;
* read every weight onto excitatory neurons once and add up those of active sources;
* add up the rows of the active neurons in the matrix onto inhibitory neurons;
* read and write the weights of the neurons that fired in one of the two steps once (a fifth at
  the usual rate): STDP and scaling in one pass, without deciding anything;
* read and write every weight from inhibitory neurons once: inhibitory STDP and scaling.

No thresholds, no pruning, no insertion, no recording. The network is one that this package made,
so the sizes and rates are those of the compared run; what the loops compute is of no use.
"""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from sorn import Network


@njit(error_model="numpy")
def _least_work(ee, ei, wie, y, active, before, noise, steps):  # type: ignore[no-untyped-def]
    sources, weights, fill = ee
    ei_sources, ei_weights, ei_fill = ei
    total = 0.0
    ne, ni = len(fill), wie.shape[1]
    for step in range(steps):
        x, x_before = active[step % len(active)], before[step % len(active)]
        for i in range(ne):
            drive = noise[step, i]
            for slot in range(fill[i]):
                drive += weights[i, slot] * x[sources[i, slot]]
            for slot in range(ei_fill[i]):
                weight = ei_weights[i, slot]
                drive -= weight * y[ei_sources[i, slot]]
                ei_weights[i, slot] = weight * (1.0 + 1e-12 * drive)
            total += drive
        inhibition = np.zeros(ni)
        for j in range(ne):
            if x[j] != 0.0:
                for k in range(ni):
                    inhibition[k] += wie[j, k]
        total += inhibition[0]
        for i in range(ne):
            if x[i] != 0.0 or x_before[i] != 0.0:
                factor = 1.0 + 1e-12 * drive
                for slot in range(fill[i]):
                    weights[i, slot] *= factor
    return total


def floor_seconds(ne: int, steps: int, clock=time.process_time, **options) -> float:
    """Seconds per step of the least work for a network of this size."""
    network = Network("published", ne=ne, nu=10, seed=1, backend="numba", **options)
    inputs = np.random.default_rng(1).random((10, 60))
    spikes = network.run(inputs)["excitatory"][-40:].astype(float)
    rows = network._running.engine._network  # the arrays that the compiled engine runs on
    generator = np.random.default_rng(2)

    def work(count: int) -> None:
        noise = generator.standard_normal((count, ne + rows.to_inhibitory.shape[1]))
        noise *= 0.04
        _least_work(
            (rows.ee_sources, rows.ee_weights, rows.ee_fill),
            (rows.ei_sources, rows.ei_weights, rows.ei_fill),
            rows.to_inhibitory, rows.y[1], spikes[1:], spikes[:-1], noise, count,
        )  # fmt: skip

    work(2)
    started = clock()
    for _ in range(max(1, steps // 100)):
        work(min(steps, 100))
    return (clock() - started) / (max(1, steps // 100) * min(steps, 100))
