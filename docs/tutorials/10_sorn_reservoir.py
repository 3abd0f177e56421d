"""
SORN as a reservoir
===================

The counting task of Lazar, Pipa & Triesch (2009): words ``a b...b c`` and ``d e...e f`` follow each
other at random, and the last letter of a word can be foreseen only by who remembers how many
repeats went by. A readout reads the activity of the network; the network itself learned without
being told the task. ``Reservoir`` is a scikit-learn estimator (extra ``readout``).
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import RidgeClassifier

from sorn import Reservoir


def counting(n_words, repeats, rng):
    """Return letters 0 to 5, and where a word ends."""
    words = np.array([[0] + [1] * repeats + [2], [3] + [4] * repeats + [5]])
    letters = words[rng.integers(2, size=n_words)].ravel()
    return letters, np.arange(letters.size) % (repeats + 2) == repeats + 1


REPEATS = (4, 8)
scores = {}
for learns in (False, True):
    scores[learns] = []
    for repeats in REPEATS:
        rng = np.random.default_rng(repeats)
        letters, is_last = counting(1500, repeats, rng)
        test, test_last = counting(400, repeats, rng)
        model = Reservoir(
            "lazar2009", symbols=6, learns=learns, readout=RidgeClassifier(), warmup=50, seed=1
        )
        model.fit(letters[:-1], letters[1:])
        foreseen = model.predict(test[:-1])
        scores[learns].append(np.mean((foreseen == test[1:])[test_last[1:]]))
        print(f"{'learned' if learns else 'static':8} {repeats} repeats: {scores[learns][-1]:.2f}")

# %%
# One network and one seed: an example, no evidence. Ten seeds at full length are in
# ``benchmarks/sorn`` and in :doc:`../sorn`.

figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
axes.plot(REPEATS, scores[False], "o--", color="#7A7A7A", label="static: no plasticity")
axes.plot(REPEATS, scores[True], "s-", color="#D55E00", label="self-organised")
axes.set_xlabel("repeats within a word")
axes.set_ylabel("last letters foreseen (share)")
axes.set_xticks(REPEATS)
axes.set_ylim(0, 1.03)
_ = axes.legend(loc="lower left")
