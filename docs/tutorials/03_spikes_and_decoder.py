"""
Spikes, and a decoder of your own
=================================

A run keeps every spike of its tests. Here they are read, counted in windows, and decoded by a
template matcher that is not part of ``lateralnet``, beside two decoders that are.
"""

import matplotlib.pyplot as plt
import numpy as np

import lateralnet
from lateralnet.measures import bayes_decoding, body_fixed_map

result = lateralnet.run(
    lateralnet.preset("ll_fast", test_sweeps=4),
    run_name="tutorial-decoder",
    overwrite=True,
)
params, record = result.params, result.seeds[0].record
test = record.tests["trained"]

# %%
# ``test.spikes`` has one entry for each sweep of the sphere past the body: for each layer, the
# time step and the cell of every spike. ``test.x_cm`` is the position of the sphere at each step.

ts = test.spikes[0]["ts"]
print(ts.step.size, "TS spikes in", test.duration_s, "s; position", test.x_cm[0, [0, -1]], "cm")

figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.plot(test.x_cm[0, ts.step], ts.cell, ".", ms=2, color="#00805E")
axes.set_xlabel("position of the sphere (cm)")
_ = axes.set_ylabel("TS cell")

# %%
# Counts in windows of 20 ms, for every sweep:

WINDOW = round(0.02 / test.dt_s)


def windowed(spikes, x_cm):
    """Return counts (n_windows, n_ts) and the mean position in each window."""
    n_windows = x_cm.size // WINDOW
    counts = np.zeros((n_windows, params.n_ts))
    inside = spikes.step < n_windows * WINDOW
    np.add.at(counts, (spikes.step[inside] // WINDOW, spikes.cell[inside]), 1)
    return counts, x_cm[: n_windows * WINDOW].reshape(n_windows, WINDOW).mean(axis=1)


sweeps = [windowed(s["ts"], x) for s, x in zip(test.spikes, test.x_cm, strict=True)]

# %%
# The decoder: the window of the *other* sweeps whose pattern of counts is most alike (cosine
# similarity) tells the position. A sweep never decodes itself.

true_cm, decoded_cm = [], []
for k, (counts, x_cm) in enumerate(sweeps):
    others = [sweep for m, sweep in enumerate(sweeps) if m != k]
    templates = np.concatenate([c for c, _ in others])
    places = np.concatenate([x for _, x in others])
    heard = templates.any(axis=1)
    norm = np.linalg.norm(templates[heard], axis=1)
    similarity = counts @ (templates[heard] / norm[:, None]).T
    on_body = (x_cm >= 0) & (x_cm <= params.ll_body_length_cm)
    guess = np.where(
        counts.any(axis=1),
        places[heard][similarity.argmax(axis=1)],
        params.ll_body_length_cm / 2,  # silence: guess the middle
    )
    true_cm.append(x_cm[on_body])
    decoded_cm.append(guess[on_body])
true_cm, decoded_cm = np.concatenate(true_cm), np.concatenate(decoded_cm)
mine_cm = np.sqrt(np.mean((decoded_cm - true_cm) ** 2))

# %%
# The population vector knows the anatomy and nothing else; the Bayesian decoder knows the tuning.

spikes = test.sweeps("ts")
length_cm = params.ll_body_length_cm
population = body_fixed_map(spikes, body_length_cm=length_cm)
bayes = bayes_decoding(spikes, body_length_cm=length_cm)
for name, error_cm in (
    ("template matcher", mine_cm),
    ("population vector", population.linear_rms_error_cm),
    ("Bayesian decoder", bayes.rms_error_cm),
):
    print(f"{name:18} RMS error {error_cm:.2f} cm")

figure, axes = plt.subplots(figsize=(5, 4), layout="constrained")
axes.plot(true_cm, decoded_cm, ".", ms=3, color="#0072B2", alpha=0.6)
axes.axline((0, 0), slope=1, color="#222222", lw=0.8, ls="--")
axes.set_xlabel("true position (cm)")
_ = axes.set_ylabel("decoded by the template matcher (cm)")

# %%
# Spikes for other tools: ``lateralnet.export`` writes NWB and Neo files (extra ``neuro``).
