"""
From a published command line to ours
=====================================

The flags of the published program (LateralLine, J. Goulet, 2026) are flags here, and its files can
be read. A command such as ::

    python ll_stdp_brian2.py --mode ll_thesis --n-training-trials 5 --mon-ts-topo 0.2

becomes ::

    lateralnet run --mode ll_thesis --n-training-trials 5 --mon-ts-topo 0.2

with the same wiring and the same stimulus for a seed. What differs is on a page of its own
(:doc:`../differences`): values out of range are refused instead of clamped, an existing run is not
overwritten, and all plasticity rests in the test.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

import lateralnet

command = (
    "run --mode ll_thesis --n-training-trials 5 --mon-ts-topo 0.2 --run-name tutorial-published "
    "--overwrite --no-figures --quiet"
)
done = subprocess.run(
    [sys.executable, "-m", "lateralnet", *command.split()],
    check=True, capture_output=True, text=True,
)  # fmt: skip
print(done.stdout)

# %%
# The same from Python, where flags are fields of the parameters:

params = lateralnet.preset("ll_thesis", n_training_trials=5, mon_to_ts_topography_strength=0.2)
print(type(params) is lateralnet.NetworkParams, params.mon_to_ts_topography_strength)

# %%
# The weights have the names of the published files; a weight file of either program can be tested.

weights = Path("Runs/tutorial-published/artifacts/latest_seed_123.npz")
with np.load(weights) as stored:
    print({name: stored[name].shape for name in stored.files[:3]})
(test,) = lateralnet.evaluate(weights)
print(f"published sigma_theta {test.measures['sigma_theta_rad']:.2f} rad (a perfect map: 0.36)")

# %%
# And the spikes go on to other tools: NWB, Neo and SONATA.

for kind, name in (("nwb", "spikes.nwb"), ("sonata", "spikes.h5")):
    output = Path("Runs/tutorial-published") / name
    lateralnet.export(Path("Runs/tutorial-published"), kind, output, overwrite=True)
    print(output.name, output.stat().st_size // 1000, "kB")
