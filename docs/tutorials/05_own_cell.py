"""
A cell of your own: adaptive threshold on MON
=============================================

``CellModel`` adds lines to the one Brian2 definition of MON and TS cells. States are carried from
segment to segment, into checkpoints and through a resume; the numbers are written to the
``params.json`` of the run.

Worked example: every spike of a MON cell raises its threshold by 3 mV, and the rise decays with
100 ms. MON and TS are one population to Brian2, so a parameter that differs between them is a
value per cell, set by layer.
"""

import matplotlib.pyplot as plt
import numpy as np

import lateralnet
from lateralnet.network import CellModel, OwnModel, SynapseModel

adaptive = OwnModel(
    cell=CellModel(
        equations="""
        dtheta/dt = -theta/tau_theta : volt
        theta_jump : volt (constant)
        """,
        threshold="v > v_th + theta",
        reset="theta += theta_jump",
        state={"theta": 0.0},
        values={"theta_jump": {"mon": 0.003, "ts": 0.0}},  # SI units: 3 mV and none
        constants={"tau_theta": (0.1, "second")},
    )
)

params = lateralnet.preset("ll_fast", n_training_trials=20)
runs = {
    name: lateralnet.run(params, model=model, run_name=f"tutorial-cell-{name}", overwrite=True)
    for name, model in (("plain", None), ("adaptive", adaptive))
}
for name, run in runs.items():
    measures = run.seeds[0].measures["trained"]
    print(f"{name:9} MON {measures['mon_rate_hz']:5.1f} Hz, TS {measures['ts_rate_hz']:5.1f} Hz")

# %%
# MON adapts: the rate falls while the sphere stands before a cell.

figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
for name, run in runs.items():
    test = run.seeds[0].record.tests["trained"]
    counts = sum(np.bincount(s["mon"].step, minlength=test.t_s.size) for s in test.spikes)
    rate_hz = counts / (params.n_mon * test.dt_s * len(test.spikes))
    axes.plot(test.t_s, np.convolve(rate_hz, np.ones(20) / 20, mode="same"), label=name)
axes.set_xlabel("time in the test (s)")
axes.set_ylabel("MON rate (Hz)")
axes.set_title("MON population rate with and without an adaptive threshold")
_ = axes.legend()

# %%
# ``SynapseModel`` does the same for LL->MON or MON->TS synapses: here a depressing synapse, whose
# resource x is used up by spikes and recovers. ``transmission`` is a factor on what a spike
# delivers.

depressing = OwnModel(
    synapses=(
        SynapseModel(
            "ll_mon",
            equations="dx/dt = (1 - x)/tau_x : 1 (clock-driven)",
            transmission="x",
            on_pre="x *= 0.8",
            state={"x": 1.0},
            constants={"tau_x": (0.2, "second")},
        ),
    )
)
run = lateralnet.run(params, model=depressing, run_name="tutorial-synapse", overwrite=True)
print(f"MON {run.seeds[0].measures['trained']['mon_rate_hz']:.1f} Hz")

# %%
# What no device could carry is refused: absolute time, or random numbers of a device.

try:
    CellModel(reset="v += rand()*mV")
except lateralnet.errors.InputError as error:
    print(error)
