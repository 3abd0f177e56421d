"""
SORN as a reservoir
===================

The counting task of Lazar, Pipa & Triesch (2009): words ``a b...b c`` and ``d e...e f`` follow each
other at random, and the last letter of a word can be foreseen only by who remembers which word it
is and how many repeats went by. A linear readout is fitted on the activity of the network; the
network itself is never told the task.
"""

import matplotlib.pyplot as plt
import numpy as np

from sorn import Simulator

NE, POOL, LEARNING_STEPS, STEPS = 200, 10, 50_000, 6000
OPTIONS = {  # of the paper
    "ne": NE, "nu": 6, "lambda_ee": 10, "te_max": 0.5, "eta_stdp": 0.001, "eta_ip": 0.001,
    "h_ip": 0.1, "normalise": ("ee",), "clip_te": False, "noise": False,
    "freeze": ["sp", "istdp"], "seed": 1,
}  # fmt: skip
rng = np.random.default_rng(1)
OPTIONS["input_pools"] = [rng.choice(NE, POOL, replace=False) for _ in range(6)]


def counting(steps, repeats, rng):
    """Return letters 0 to 5, and which of them end a word."""
    words = np.array([[0] + [1] * repeats + [2], [3] + [4] * repeats + [5]])
    letters = words[rng.integers(2, size=-(-steps // (repeats + 2)))].ravel()[:steps]
    return letters, np.arange(steps) % (repeats + 2) == repeats + 1


def one_hot(letters):
    return (np.arange(6)[:, None] == letters).astype(float)


def foreseen(state, repeats, rng):
    """Return the share of last letters that a readout of the frozen network foresees."""
    letters, is_last = counting(STEPS, repeats, rng)
    _, recorded = Simulator.run(
        inputs=one_hot(letters), timesteps=STEPS, state=state, phase="training",
        callbacks=["ExcitatoryActivation"], **OPTIONS,
    )  # fmt: skip
    activity = np.asarray(recorded["ExcitatoryActivation"], dtype=float).reshape(STEPS, -1)
    features = np.column_stack([activity[:-1], np.ones(STEPS - 1)])
    target, ends, half = one_hot(letters[1:]).T, is_last[1:], STEPS // 2
    gram = features[:half].T @ features[:half] + 1e-3 * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, features[:half].T @ target[:half])
    guess = (features[half:] @ weights).argmax(axis=1)
    return float(np.mean((guess == letters[1:][half:])[ends[half:]]))


REPEATS = (4, 6, 8)
scores = {"static": [], "self-organised": []}
for repeats in REPEATS:
    rng = np.random.default_rng(repeats)
    # One silent step builds the network that both start from.
    start, _ = Simulator.run(inputs=np.zeros((6, 1)), timesteps=1, **OPTIONS)
    letters, _ = counting(LEARNING_STEPS, repeats, rng)
    learned, _ = Simulator.run(
        inputs=one_hot(letters), timesteps=LEARNING_STEPS, state=start, **OPTIONS
    )
    for name, state in (("static", start), ("self-organised", learned)):
        scores[name].append(foreseen(state, repeats, np.random.default_rng(100 + repeats)))
        print(f"{name:15} {repeats:2} repeats: {scores[name][-1]:.2f}")

# %%
# One network and one seed: an example, no evidence. Ten seeds are in
# ``benchmarks/sorn`` and in :doc:`../sorn`.

figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
axes.plot(REPEATS, scores["static"], "o--", color="#7A7A7A", label="static: all rules rest")
axes.plot(REPEATS, scores["self-organised"], "s-", color="#D55E00", label="self-organised")
axes.set_xlabel("repeats within a word")
axes.set_ylabel("last letters foreseen (share)")
axes.set_xticks(REPEATS)
axes.set_ylim(0, 1.03)
_ = axes.legend(loc="lower left")
