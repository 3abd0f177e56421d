"""A network small enough to run in milliseconds, in which every rule acts."""

from lateralnet import preset

TINY = {
    "n_ll": 20,
    "n_mon": 60,
    "n_ts": 12,
    "n_training_trials": 6,
    "trial_duration_s": 0.3,
    "checkpoint_trials": 2,
    "ll_mon_use_stdp": True,
    "ll_to_mon_in_degree": 5,
    "ll_mon_w_init_mV": 16.0,
    "mon_to_ts_out_degree": 4,
    "mon_ts_gain_mV": 1500.0,
    "ts_lateral_radius": 3,
    "mon_ts_homeo_eta": 0.1,
    "mon_ts_homeo_every_trials": 2,
    "ll_mon_homeo_eta": 0.1,
    "ll_mon_homeo_every_trials": 3,
}


def tiny(**overrides):
    """Parameters of the tiny network."""
    return preset("ll_thesis", **{**TINY, **overrides})


def tiny_flags(**overrides):
    """The same as command-line flags."""
    from lateralnet.parameters.params import spec_of

    flags = []
    for name, value in {**TINY, **overrides}.items():
        flag = spec_of(name).flag
        if isinstance(value, bool):
            flags.append(flag if value else f"--no-{flag[2:]}")
        else:
            flags += [flag, str(value)]
    return flags
