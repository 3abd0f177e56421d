"""
SORN in ten lines
=================

``sorn`` is a self-organising recurrent network of threshold neurons, after Lazar, Pipa & Triesch
(2009) and Zheng, Dimitrakakis & Triesch (2013). It stands beside the lateral line and needs NumPy
alone.
"""

import matplotlib.pyplot as plt
import numpy as np

from sorn import Parameters, Simulator, Statistics

print("excitatory neurons by default:", Parameters().ne)
inputs = np.random.default_rng(1).random((10, 2000))  # ten inputs, 2000 steps
state, recordings = Simulator.run(
    inputs=inputs, timesteps=2000, ne=200, nu=10, seed=1,
    callbacks=["ExcitatoryActivation", "EEConnectionCounts"],
)  # fmt: skip
spikes = recordings["ExcitatoryActivation"]
print("mean rate:", round(float(np.mean(spikes)), 3), "of 200 neurons a step")

# %%
# Plasticity prunes and grows connections while the network runs.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
step, neuron = np.nonzero(np.asarray(spikes)[-200:])
axes[0].plot(step, neuron, ".", ms=2, color="#0072B2")
axes[0].set_xlabel("step (of the last 200)")
axes[0].set_ylabel("excitatory neuron")
axes[1].plot(np.asarray(recordings["EEConnectionCounts"]).ravel(), color="#D55E00")
axes[1].set_xlabel("step")
axes[1].set_ylabel("E-E connections")

# %%
# Statistics of the spikes, as in the published package:

counts = np.asarray(spikes).sum(axis=0)
print("firing rate of the first step:", Statistics.firing_rate_neuron(np.asarray(spikes), 0, 5)[0])
print("neurons that fired:", int((counts > 0).sum()))

# %%
# A state can be saved and gone on with; the same seed gives the same network, alone or in a batch,
# whose members have the seeds of ``network_seeds``.

from pathlib import Path

from sorn import Initializer, RandomStreams, load_state, network_seeds, save_state

path = save_state(Path("sorn-state.npz"), state, {"steps": 2000})
again, about = load_state(path)
print(about["steps"], "steps;", "the same weights:", np.array_equal(again["Wee"], state["Wee"]))
print("seeds of a batch of three:", network_seeds(1, 3))
noise = Initializer.white_gaussian_noise(mu=0.0, sigma=0.04, t=5)
print("noise as the network has it:", np.round(np.ravel(noise)[:3], 2))
print("streams of a seed:", type(RandomStreams(1)).__name__)
path.unlink()
