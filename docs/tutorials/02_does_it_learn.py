"""
Does it learn? Controls
=======================

A trained network that localises well proves nothing: its wiring may have done so before. This
run has three more conditions on the same wiring and in the same sweeps.
"""

import lateralnet

result = lateralnet.run(
    lateralnet.preset("ll_fast", n_training_trials=60),
    run_name="tutorial-controls",
    controls=("rate-matched", "shuffled"),
    overwrite=True,
)
seed = result.seeds[0]

# %%
# * ``rate-matched``: the untrained weights times one factor, so that TS fires as much as after
#   training. A decoder does better on more spikes, learned or not.
# * ``shuffled``: the trained weights, permuted among the inputs of each cell. What is lost by that
#   was learned.

print(f"{'condition':14}{'RMS, cm':>9}{'Spearman':>10}{'TS, Hz':>8}")
for condition, measures in seed.measures.items():
    print(
        f"{condition:14}{measures['rms_error_cm']:9.3f}{measures['spearman']:10.3f}"
        f"{measures['ts_rate_hz']:8.1f}"
    )

# %%
# Here the trained network beats all three. One seed is an anecdote: ``lateralnet reproduce
# learning`` does this for ten, and :doc:`../does-it-learn` has its numbers, with what does *not*
# work.
#
# The decoded position of the untrained and the trained network at every moment of the test:

import matplotlib.pyplot as plt

from lateralnet.measures import body_fixed_map

figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
for condition, colour in (("untrained", "#7A7A7A"), ("trained", "#D55E00")):
    test = seed.record.tests[condition]
    found = body_fixed_map(test.sweeps("ts"), body_length_cm=result.params.ll_body_length_cm)
    axes.plot(
        found.x_true_cm, found.x_hat_cm, ".", ms=3, color=colour, alpha=0.5,
        label=f"{condition}: {found.rms_error_cm:.2f} cm",
    )  # fmt: skip
axes.axline((0, 0), slope=1, color="#222222", lw=0.8, ls="--")
axes.set_xlabel("true position (cm)")
axes.set_ylabel("decoded position (cm)")
_ = axes.legend(title="RMS error", markerscale=3, loc="upper left", bbox_to_anchor=(1, 1))
