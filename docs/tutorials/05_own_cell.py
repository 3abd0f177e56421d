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


def train(name, model, **changes):
    """Run the network with its own model, and print rates and error after training."""
    params = lateralnet.preset("ll_fast", **changes)
    run = lateralnet.run(params, model=model, run_name=f"tutorial-{name}", overwrite=True)
    m = run.seeds[0].measures["trained"]
    error = f"RMS error {m['rms_error_cm']:.2f} cm (chance {m['rms_error_cm_chance']:.2f})"
    print(f"{name:10} MON {m['mon_rate_hz']:5.1f} Hz, TS {m['ts_rate_hz']:5.1f} Hz, {error}")
    return run


plain = train("plain", None)
weak = train("adaptive", adaptive)

# %%
# MON fires half as much, and TS almost nothing: no map. With stronger LL->MON synapses, 18 mV
# instead of 9.6 mV, the adaptive cells learn one.

strong = train("stronger", adaptive, ll_mon_w_mean_mv=18)

# %%
# Adaptation halves the rate of MON wherever the sphere is; stronger synapses more than make up
# for it.

figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
runs = {"plain": plain, "adaptive, 9.6 mV": weak, "adaptive, 18 mV": strong}
for name, run in runs.items():
    params = run.params
    test = run.seeds[0].record.tests["trained"]
    counts = sum(np.bincount(s["mon"].step, minlength=test.t_s.size) for s in test.spikes)
    rate_hz = counts / (params.n_mon * test.dt_s * len(test.spikes))
    axes.plot(test.t_s, np.convolve(rate_hz, np.ones(20) / 20, mode="same"), label=name)
axes.set_xlabel("time in the test (s)")
axes.set_ylabel("MON rate (Hz)")
axes.set_title("MON population rate with and without an adaptive threshold")
_ = axes.legend(loc="upper left", bbox_to_anchor=(1, 1))

# %%
# ``SynapseModel`` does the same for LL->MON or MON->TS synapses: here a depressing synapse, whose
# resource x is used up by spikes and recovers. ``transmission`` is a factor on what a spike
# delivers; stronger weights make up for it, so that MON fires as in the plain network.

depressing = OwnModel(
    synapses=(
        SynapseModel(
            "ll_mon",
            equations="dx/dt = (1 - x)/tau_x : 1 (clock-driven)",
            transmission="x",
            on_pre="x *= 0.9",
            state={"x": 1.0},
            constants={"tau_x": (0.2, "second")},
        ),
    )
)
run = train("depressing", depressing, ll_mon_w_mean_mv=25)

# %%
# What no device could carry is refused: absolute time, or random numbers of a device.

try:
    CellModel(reset="v += rand()*mV")
except lateralnet.errors.InputError as error:
    print(error)
