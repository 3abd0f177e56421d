"""
One definition on four devices, and replicas
============================================

One Brian2 definition of the network runs compiled on a CPU (``cpp``), through NumPy
(``runtime``), Brian2GeNN (``genn``) and Brian2CUDA (``cuda``). ``lateralnet devices`` says which of
them can be used on a machine, and why the others cannot. This page uses the two that need nothing.
"""

import numpy as np

import lateralnet

params = lateralnet.preset("ll_fast", n_training_trials=1, test_sweeps=1)
runs = {
    device: lateralnet.run(params, device, run_name=f"tutorial-{device}", overwrite=True)
    for device in ("cpp", "runtime")
}

# %%
# The background is a hash of (seed, cell, step) and not a device's generator: in float64 the
# spikes are the same.

spikes = [run.seeds[0].record.tests["trained"].spikes[0]["ts"] for run in runs.values()]
print(spikes[0].step.size, "TS spikes; the same:", np.array_equal(spikes[0].step, spikes[1].step))

# %%
# ``compare`` does this step by step for small networks in which every rule acts, and, with
# ``seeds``, statistically for devices that cannot agree bit by bit.

found = lateralnet.compare(["cpp", "runtime"], seeds=0)
for row in found["exact"]:
    if row["device"] != found["reference"]:
        print(f"{row['case']}: unequal layers {row['unequal_spikes']}, largest difference of any")
        print(f"    weight, potential or trace {row['largest_difference']:.1e}")

# %%
# A device that cannot run here is refused with the reason; nothing falls back in silence. Options
# of a device are one object. **Replicas** put several seeds side by side into one program. That is
# what fills a GPU; each seed gives what it gives alone.

options = lateralnet.DeviceOptions(device="cpp", precision="float64")  # or "float32"
together = lateralnet.run(
    params,
    options,
    n_seeds=2,
    replicas=2,
    run_name="tutorial-replicas",
    overwrite=True,
)
alone = runs["cpp"].seeds[0].record.weights["mon_ts_w"]
print("the same as alone:", np.array_equal(together.seeds[0].record.weights["mon_ts_w"], alone))
