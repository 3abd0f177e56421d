"""``mid_checkpoint.npz``: where training stands, readable by the published program too.

Beside the published keys (weights and learning curves) it holds the whole state of the network,
so that a resumed training ends with the same weights and spikes, bit for bit, as one that was
never interrupted. A file of the published program has weights only: its network restarts from
rest, which is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lateralnet.errors import InputError
from lateralnet.learning.learning_curve import SERIES, SINCE_VERSION_0_1
from lateralnet.network.wiring import Replica, State, make_replica
from lateralnet.parameters.fingerprint import differing, fingerprint, fits, in_words
from lateralnet.parameters.params import NetworkParams
from lateralnet.records.storage import SCHEMA_VERSION, content_of, read_npz, write_npz
from lateralnet.simulation.spikes import LAYERS, Spikes, SpikeTrain, no_spikes


@dataclass(frozen=True)
class Checkpoint:
    """State of a training after some trials.

    Attributes
    ----------
    trials_done : int
        Finished trials.
    state : State
        Arrays of the network, weights in wiring order.
    curve : dict
        State of the learning curve; empty for a published file.
    tail : Spikes
        Spikes of the last two seconds.
    exact : bool
        Whether the whole state was there, or only the weights.
    """

    trials_done: int
    state: State
    curve: dict[str, np.ndarray]
    tail: Spikes
    exact: bool


def save_checkpoint(
    path: Path, checkpoint: Checkpoint, params: NetworkParams, precision: str, *, durable: bool
) -> None:
    """Write a checkpoint, whole or not at all."""
    arrays: dict[str, np.ndarray] = {
        "schema_version": np.array(SCHEMA_VERSION),
        "fingerprint": np.array(fingerprint(params, precision)),
        "params": np.array(json.dumps(params.as_dict())),
        "trial_idx": np.array(checkpoint.trials_done - 1),
        "mon_ts_w": checkpoint.state["mon_ts.w"],
    }
    if "ll_mon.w" in checkpoint.state:
        arrays["ll_mon_w_mV"] = checkpoint.state["ll_mon.w"] * 1e3
    arrays |= {name: checkpoint.curve[f"series/{name}"] for name in SERIES}
    arrays |= {
        f"state/{name}": array for name, array in checkpoint.state.items() if name != "mon_ts.w"
    }
    arrays |= {
        f"curve/{name}": _narrow(array) if name.endswith("/step") else array
        for name, array in checkpoint.curve.items()
        if not name.startswith("series/")
    }
    for layer in LAYERS:
        arrays[f"tail/{layer}/step"] = _narrow(checkpoint.tail[layer].step)
        arrays[f"tail/{layer}/index"] = checkpoint.tail[layer].cell
    write_npz(path, arrays, compress=False, durable=durable)


def trials_in(path: Path, params: NetworkParams, precision: str) -> int:
    """Return the finished trials of a checkpoint that training can go on from.

    Raises
    ------
    StorageError
        When the file is missing or damaged.
    InputError
        When it belongs to another network, seed, precision or version.
    """
    stored = _checked(path, params, precision)
    if "fingerprint" not in stored:
        with content_of(path):
            _published(path, stored, make_replica(params))
    return _trials_done(stored)


def seed_in(path: Path) -> int | None:
    """Return the seed that a checkpoint belongs to; the published program does not store it."""
    stored = read_npz(path)
    with content_of(path):
        return int(json.loads(str(stored["params"]))["seed"]) if "params" in stored else None


def load_checkpoint(path: Path, replica: Replica, precision: str) -> Checkpoint:
    """Read the checkpoint of a network; raises what `trials_in` does."""
    stored = _checked(path, replica.params, precision)
    with content_of(path):
        if "fingerprint" not in stored:
            return _published(path, stored, replica)
        return _whole(path, stored, replica)


def _whole(path: Path, stored: dict[str, np.ndarray], replica: Replica) -> Checkpoint:
    state = {"mon_ts.w": stored["mon_ts_w"], **_with_prefix(stored, "state/")}
    for name, array in replica.initial_state().items():
        if name not in state or state[name].shape != array.shape:
            raise InputError(f"{path}: {name} is missing or of another size; it is damaged.")
    lost = [name for name in SERIES if name not in stored and name not in SINCE_VERSION_0_1]
    if lost:
        raise InputError(f"{path}: {', '.join(lost)} is missing; it is damaged.")
    curve = {f"series/{name}": stored[name] for name in SERIES if name in stored}
    return Checkpoint(
        trials_done=_trials_done(stored),
        state=state,
        curve={
            **curve,
            **{
                name: array.astype(np.int64) if name.endswith("/step") else array
                for name, array in _with_prefix(stored, "curve/").items()
            },
        },
        tail={
            layer: SpikeTrain(
                stored[f"tail/{layer}/step"].astype(np.int64),
                stored[f"tail/{layer}/index"],
                n,
                replica.params.dt_s,
            )
            for layer, n in replica.params.n_cells.items()
        },
        exact=True,
    )


def _checked(path: Path, params: NetworkParams, precision: str) -> dict[str, np.ndarray]:
    """Return the arrays of a checkpoint that belongs to a network."""
    stored = read_npz(path)
    if "trial_idx" not in stored or "mon_ts_w" not in stored:
        raise InputError(f"{path} is not a training checkpoint (no trial_idx, mon_ts_w).")
    with content_of(path):
        _trials_done(stored)
        if "fingerprint" not in stored:
            return stored
        if int(stored["schema_version"]) != SCHEMA_VERSION:
            raise InputError(
                f"{path} has schema version {int(stored['schema_version'])}, this version of "
                f"lateralnet reads {SCHEMA_VERSION}; resume with the version that wrote it."
            )
        theirs = json.loads(str(stored["params"]))
        if not fits(str(stored["fingerprint"]), theirs, params, precision):
            raise InputError(f"{path} {_other_network(theirs, params, precision)}")
    return stored


def _trials_done(stored: dict[str, np.ndarray]) -> int:
    done = int(stored["trial_idx"]) + 1
    if done < 0:
        raise ValueError(f"trial_idx is {done - 1}")
    return done


def _other_network(theirs: Mapping[str, Any], params: NetworkParams, precision: str) -> str:
    what = differing(theirs, params)
    if list(what) == ["n_training_trials"]:
        theirs_n, ours_n = what["n_training_trials"]
        return (
            f"was trained towards {theirs_n} trials, not {ours_n}, and lateral excitation is "
            f"annealed over all of them: resume with --n-training-trials {theirs_n}, or start a "
            "new run."
        )
    return (
        f"belongs to another network: {in_words(what) or f'precision (now {precision})'}. Resume "
        "with the parameters of the run that wrote it, or start a new run."
    )


def _published(path: Path, stored: dict[str, np.ndarray], replica: Replica) -> Checkpoint:
    state = replica.initial_state()
    found = {"mon_ts.w": stored["mon_ts_w"]}
    if "ll_mon.w" in state and "ll_mon_w_mV" in stored:
        found["ll_mon.w"] = stored["ll_mon_w_mV"] * 1e-3
    for name, array in found.items():
        if array.shape != state[name].shape:
            raise InputError(
                f"{path} holds {array.size} weights {name.split('.')[0]}, this network has "
                f"{state[name].size}; resume with the parameters of the run that wrote it."
            )
    return Checkpoint(
        trials_done=_trials_done(stored),
        state={**state, **found},
        curve={name: stored[name] for name in SERIES if name in stored},
        tail=no_spikes(replica.params.n_cells, replica.params.dt_s),
        exact=False,
    )


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """Return time steps in 32 bits where they fit: half as much to write."""
    fits = numbers.size == 0 or numbers.max() < 2**31
    return numbers.astype(np.int32 if fits else np.int64)


def _with_prefix(stored: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: array for name, array in stored.items() if name.startswith(prefix)}
