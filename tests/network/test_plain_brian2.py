"""Our definition against the same model written the plain way in Brian2.

Plain: separate groups, Brian2's own ``refractory``, per-synapse event-driven traces, and the
inhibitory connections that exist only. Given the same afferent spikes and no background, all
spikes must be the same and the weights equal to rounding.
"""

import numpy as np
import pytest

from lateralnet.devices.cases import deterministic_case, run_case
from lateralnet.simulation.session import DeviceOptions

EQUATIONS = """
dv/dt = (e_l - v + ge - gi)/tau_m : volt (unless refractory)
dge/dt = -ge/tau_s : volt
dgi/dt = -gi/tau_s : volt
"""


def _plain(case, ll):
    """Return (MON spikes, TS spikes, w of MON->TS, w of LL->MON in mV) of the plain model."""
    import brian2 as b2
    from brian2 import ms, mV

    b2.prefs.codegen.target = "numpy"
    b2.set_device("runtime")
    b2.defaultclock.dt = 1 * ms
    rep, p = case.replica, case.replica.params
    constants = {
        "e_l": p.el_mV * mV, "v_th": p.vth_mV * mV, "v_reset": p.vreset_mV * mV,
        "tau_m": p.tau_m_ms * ms, "tau_s": p.tau_s_ms * ms, "tau": 20 * ms,
        "gain": p.mon_ts_gain_mV * mV,
        "Apre": p.mon_ts_apre, "Apost": p.mon_ts_apost, "w_max": p.mon_ts_wmax,
        "Apre_ll": p.ll_mon_apre, "Apost_ll": p.ll_mon_apost, "w_max_ll": p.ll_mon_wmax_mV * mV,
        "to_mon": p.global_inh_to_mon_mV * mV, "to_ts": p.global_inh_to_ts_mV * mV,
    }  # fmt: skip

    def group(n, v0_mV):
        cells = b2.NeuronGroup(
            n, EQUATIONS, threshold="v > v_th", reset="v = v_reset", method="euler",
            refractory=p.tau_ref_ms * ms, namespace=constants,
        )  # fmt: skip
        cells.v = v0_mV * mV
        return cells

    afferents = b2.SpikeGeneratorGroup(p.n_ll, ll.cell, ll.step * ms)
    mon, ts = group(p.n_mon, rep.v0_mV[: p.n_mon]), group(p.n_ts, rep.v0_mV[p.n_mon :])
    mon_inhibitory, ts_inhibitory = group(1, p.el_mV), group(1, p.el_mV)
    traces = """
    dapre/dt = -apre/tau : 1 (event-driven)
    dapost/dt = -apost/tau : 1 (event-driven)
    """
    made = []

    def connect(source, target, i, j, model, weights=None, **code):
        synapses = b2.Synapses(source, target, model, namespace=constants, **code)
        synapses.connect(i=i, j=j)
        if weights is not None:
            synapses.w = weights
        made.append(synapses)
        return synapses

    if p.ll_mon_use_stdp:
        ll_mon = connect(
            afferents, mon, rep.ll_mon.i, rep.ll_mon.j, "w : volt" + traces, rep.ll_mon.w * mV,
            on_pre="ge_post += w\napre += Apre_ll\nw = clip(w + apost*w, 0*mV, w_max_ll)",
            on_post="apost += Apost_ll\nw = clip(w + apre*(w_max_ll - w), 0*mV, w_max_ll)",
        )  # fmt: skip
    else:
        ll_mon = connect(
            afferents, mon, rep.ll_mon.i, rep.ll_mon.j, "w : volt", rep.ll_mon.w * mV,
            on_pre="ge_post += w",
        )  # fmt: skip
    mon_ts = connect(
        mon, ts, rep.mon_ts.i, rep.mon_ts.j, "w : 1" + traces, rep.mon_ts.w,
        on_pre="ge_post += gain*w\napre += Apre\nw = clip(w + apost, 0, w_max)",
        on_post="apost += Apost\nw = clip(w + apre, 0, w_max)",
    )  # fmt: skip
    lateral = rep.ts_inhibition
    connect(ts, ts, lateral.i, lateral.j, "w : volt", lateral.w * mV, on_pre="gi_post += w")
    for cells, inhibitory, drive_mV, back in (
        (mon, mon_inhibitory, rep.mon_drive_mV, "to_mon"),
        (ts, ts_inhibitory, rep.ts_drive_mV, "to_ts"),
    ):
        source = np.flatnonzero(drive_mV)
        connect(
            cells, inhibitory, source, 0 * source, "w : volt", drive_mV[source] * mV,
            on_pre="ge_post += w",
        )  # fmt: skip
        every = np.arange(len(cells))
        connect(inhibitory, cells, 0 * every, every, "", on_pre=f"gi_post += {back}")
    monitors = [b2.SpikeMonitor(cells) for cells in (mon, ts)]
    network = b2.Network(afferents, mon, ts, mon_inhibitory, ts_inhibitory, *made, *monitors)
    network.run(case.drive.row_of_step.size * ms)
    spikes = []
    for monitor in monitors:
        step = np.rint(np.asarray(monitor.t / ms)).astype(int)
        order = np.lexsort((monitor.i[:], step))
        spikes.append((step[order], np.asarray(monitor.i[:])[order]))
    return (*spikes, np.asarray(mon_ts.w[:]), np.asarray(ll_mon.w[:]) * 1e3)


@pytest.mark.parametrize("ll_mon_learns", [False, True])
def test_equals_the_plain_model(ll_mon_learns):
    # Strong drives make both inhibitory cells fire, and so act.
    case = deterministic_case(
        ll_mon_use_stdp=ll_mon_learns, mon_to_global_inh_drive_mV=4.0,
        ts_to_global_inh_drive_mV=4.0, global_inh_to_ts_mV=2.0,
    )  # fmt: skip
    ours = run_case(case, DeviceOptions(device="runtime"))
    mon, ts, w, ll_mon_w_mV = _plain(case, ours.spikes["ll"])
    assert ours.spikes["mon"].step.size > 1000 and ours.spikes["ts"].step.size > 300
    for (step, index), layer in ((mon, "mon"), (ts, "ts")):
        assert np.array_equal(step, ours.spikes[layer].step), layer
        assert np.array_equal(index, ours.spikes[layer].cell), layer
    assert np.abs(w - ours.state["mon_ts.w"]).max() < 1e-12
    if ll_mon_learns:
        assert np.abs(ll_mon_w_mV - ours.state["ll_mon.w"] * 1e3).max() < 1e-12
