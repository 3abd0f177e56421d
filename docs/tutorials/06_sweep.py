"""
A sweep, on all cores and on a cluster
======================================

Two strengths of topography, two distances of the test, two seeds. The distance concerns the test
alone, so each network is trained once and tested twice. On a terminal::

    lateralnet sweep --mode ll_fast --vary mon_ts_topo=0.1,0.2 --vary distance_cm=0.8,1.2 \\
        --seeds 1:3 --jobs 2 --name topography
"""

import matplotlib.pyplot as plt

import lateralnet


def sweep():
    return lateralnet.sweep(
        lateralnet.preset("ll_fast", n_training_trials=10),
        vary={"mon_ts_topo": [0.1, 0.2], "distance_cm": [0.8, 1.2]},
        seeds=range(1, 3),
        name="tutorial",
    )


print(sweep())

# %%
# The same call again computes nothing: a point's name is a hash of everything that decides its
# result. A sweep that was interrupted, or is asked for more seeds, computes what is missing.

done = sweep()
print(done)

# %%
# Results are a tidy table with a row for each point and condition (``table.csv``, and Parquet and
# netCDF where their libraries are).

table = done.table
figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
for topography, marker in ((0.1, "o"), (0.2, "s")):
    for condition, colour in (("untrained", "#7A7A7A"), ("trained", "#D55E00")):
        rows = [
            row
            for row in table.rows
            if row["mon_to_ts_topography_strength"] == topography and row["condition"] == condition
        ]
        errors_cm = [row["rms_error_cm"] or float("nan") for row in rows]
        axes.plot(
            [row["distance_cm"] for row in rows], errors_cm,
            marker, color=colour, label=f"topography {topography}, {condition}",
        )  # fmt: skip
axes.set(xticks=(0.8, 1.2), xlim=(0.6, 1.4), xlabel="distance of the sphere (cm)")
axes.set_title("Error against distance, every seed a point")
axes.set_ylabel("RMS error (cm)")
_ = axes.legend(fontsize=8)

# %%
# **All cores**: ``--jobs 8``, in Python ``jobs=8``. **A cluster**: ``--cluster slurm --workers 20
# --cluster-option queue=short``, or ``--scheduler tls://...`` for Dask workers that are there; see
# :doc:`../studies`, also on why an open scheduler runs anybody's code.
