"""
SORN in ten lines
=================

``sorn`` is a self-organising recurrent network of threshold neurons, after Lazar, Pipa & Triesch
(2009) and Zheng, Dimitrakakis & Triesch (2013). It stands beside the lateral line and needs NumPy
alone.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import sorn

net = sorn.Network(ne=200, nu=10, seed=1)
inputs = np.random.default_rng(1).random((10, 2000))  # ten inputs, 2000 steps
recording = net.run(inputs, record=("excitatory", "ee_connections"))
spikes = np.asarray(recording["excitatory"])
print("of 200 neurons,", round(200 * float(spikes.mean()), 1), "fire in a step")

# %%
# Plasticity prunes and grows connections while the network runs.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
step, neuron = np.nonzero(spikes[-200:])
axes[0].plot(step, neuron, ".", ms=2, color="#0072B2")
axes[0].set_xlabel("step (of the last 200)")
axes[0].set_ylabel("excitatory neuron")
axes[0].set_title("Spikes of excitatory neurons")
axes[1].plot(np.ravel(recording["ee_connections"]), color="#D55E00")
axes[1].set_xlabel("step")
axes[1].set_ylabel("E-E connections")
_ = axes[1].set_title("Connections pruned and grown")

# %%
# A network is saved and goes on with all that it is, its random numbers included.

path = Path("sorn-network.npz")
net.save(path)
again = sorn.Network.load(path)
further = inputs[:, :50]
a, b = net.run(further)["excitatory"], again.run(further)["excitatory"]
print("goes on alike:", np.array_equal(a, b))
path.unlink()

# %%
# Presets are the parameters of papers; every hyperparameter can be given by name, and one that is
# unknown is refused.

print(sorted(sorn.PRESETS))
print("excitatory neurons by default:", sorn.Parameters().ne)

# %%
# The names of the published package are there too (:doc:`../sorn_usage`), and so is what they
# start from: states in files, the seeds of a batch, streams of random numbers.

noise = sorn.Initializer.white_gaussian_noise(mu=0.0, sigma=0.04, t=5)
print("noise as the network has it:", np.round(np.ravel(noise)[:3], 2))
state, _ = sorn.Simulator.run(inputs=inputs[:, :50], timesteps=50, ne=100, nu=10, seed=1)
path = sorn.save_state(Path("sorn-state.npz"), state, {"steps": 50})
again, about = sorn.load_state(path)
print(about["steps"], "steps; the same weights:", np.array_equal(again["Wee"], state["Wee"]))
path.unlink()
print("seeds of a batch of three:", sorn.network_seeds(1, 3))
print("streams of a seed:", type(sorn.RandomStreams(1)).__name__)
