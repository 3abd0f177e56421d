"""Running a network: from checked arguments to the final state, in stretches of steps.

Memory is one copy of the state, one stretch of random draws, and what the recorder keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sorn.engines.choice import make_engine
from sorn.engines.engine import RULES, Setting
from sorn.errors import ParameterError, StateError
from sorn.parameters import Parameters, build_parameters, reject_unknown
from sorn.records.callbacks import Recorder
from sorn.records.inputs import check_inputs, excitatory_drive
from sorn.state import STATE_KEYS, copy_state, infer_ne
from sorn.streams import RandomStreams, Streams, make_streams, network_seeds
from sorn.wiring import new_network

PHASES = ("plasticity", "training")
STRETCH_STEPS = 500
"""Steps per call of the engine: long enough to amortise the call, short enough for memory."""

logger = logging.getLogger("sorn")


@dataclass(frozen=True)
class RunOptions:
    """How to run, beside the network's hyperparameters.

    Attributes
    ----------
    seed : int, optional
        Reproducible run that leaves the global generators alone. Without `seed` and `rng`, the
        numbers come from ``np.random`` and ``random``, in the published order.
    rng : RandomStreams or numpy.random.Generator, optional
        As `seed`; a `RandomStreams` handed to consecutive calls carries on where it stopped.
        For a batch, a list of one `RandomStreams` per network, or a Generator.
    backend : str
        ``'numpy'``, ``'numba'``, ``'torch'``, ``'cupy'``, ``'jax'`` or ``'array_api_strict'``.
    device : optional
        Device of the array library, e.g. ``'cuda:0'``.
    dtype : {'float64', 'float32'}
    batch : int, optional
        Number of independent networks, along a leading axis of every array. Network b equals a
        separate run with seed ``network_seeds(seed, batch)[b]``.
    clip_te : bool, optional
        Whether thresholds stay in [te_min, te_max]; by default as the called method documents.
    progress : callable, optional
        Called as ``progress(steps_done, steps)`` after each stretch of steps.
    """

    seed: Any = None
    rng: Any = None
    backend: str = "numpy"
    device: Any = None
    dtype: str = "float64"
    batch: int | None = None
    clip_te: bool | None = None
    progress: Callable[[int, int], None] | None = None


def simulate(
    inputs: Any,
    phase: str,
    state: Any,
    steps: Any,
    noise: bool,
    freeze: Any,
    callbacks: Iterable[str] | None,
    clip_te: bool,
    options: dict[str, Any],
    announce: Callable[[str], None] | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, list[Any]]]:
    """Run a network and return its state and recordings; no argument is modified.

    Parameters
    ----------
    inputs : array_like, shape (nu, time), or None
    phase : {'plasticity', 'training'}
        In the training phase every rule is frozen and a state is needed.
    state : dict or None
        None builds a new network (plasticity phase).
    steps : int or None
    noise : bool
        Gaussian noise of ``noise_std`` on every neuron's drive.
    freeze : str, iterable of str, or None
        Rules that do not run, out of `RULES`.
    callbacks : list of str or None
        See `sorn.records.callbacks.Recorder`.
    clip_te : bool
        Default of the option of the same name.
    options : dict
        Fields of `RunOptions` and `Parameters`, mixed.
    announce : callable, optional
        Gets each line about a new network; default is the logger ``sorn``, level INFO.

    Raises
    ------
    SornError
        See `sorn.errors`.
    """
    run_names = [entry.name for entry in fields(RunOptions)]
    reject_unknown(options, run_names)
    run = RunOptions(**{name: options[name] for name in run_names if name in options})
    values = {name: value for name, value in options.items() if name not in run_names}
    if state is not None:
        values.setdefault("ne", infer_ne(state))
    parameters = build_parameters(**values)
    batch = _check_batch(run.batch)
    active = _active_rules(phase, freeze)
    recorder = Recorder(callbacks)
    array, count = check_inputs(inputs, steps, parameters, batch)
    streams = _make_streams(run, batch)
    if state is not None:
        start = copy_state(state, parameters.ne, parameters.ni, batch)
    elif phase == "training":
        raise StateError("the training phase needs the state of a network that was simulated")
    else:
        start = _start_networks(parameters, streams, batch, announce or logger.info)
    clips = clip_te if run.clip_te is None else run.clip_te
    setting = Setting(
        parameters=parameters,
        active=active,
        target_rate=_target_rate(parameters, streams),
        threshold_bounds=(parameters.te_min, parameters.te_max) if clips else None,
    )
    engine = make_engine(
        run.backend, run.device, run.dtype, start, setting,
        lambda network, vacant: streams[network].site(vacant),
    )  # fmt: skip
    stretch = 1 if recorder.needs_single_steps else STRETCH_STEPS
    noise_std = parameters.noise_std if noise else None
    rate = parameters.insertions_per_step if "sp" in active else None
    for first in range(0, count, stretch):
        last = min(first + stretch, count)
        draws = [
            stream.steps(last - first, (parameters.ne, parameters.ni), noise_std, rate)
            for stream in streams
        ]
        drive = excitatory_drive(array, first, last, parameters)
        recorder.add(engine.advance(drive, draws), engine)
        if run.progress is not None:
            run.progress(last, count)
    return {name: engine.read(name) for name in STATE_KEYS}, recorder.values


def _active_rules(phase: Any, freeze: Any) -> frozenset[str]:
    if phase not in PHASES:
        raise ParameterError(f"phase={phase!r}; choose from {', '.join(PHASES)}")
    frozen = [freeze] if isinstance(freeze, str) else list(freeze or [])
    for name in frozen:
        if name not in RULES:
            raise ParameterError(f"freeze names {name!r}; choose from {', '.join(RULES)}")
    return frozenset() if phase == "training" else frozenset(RULES) - frozenset(frozen)


def _check_batch(batch: Any) -> int | None:
    if batch is None:
        return None
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise ParameterError(f"batch={batch!r}; give a whole number >= 1")
    return int(batch)


def _make_streams(run: RunOptions, batch: int | None) -> Sequence[Streams]:
    """One source of random numbers per network."""
    if batch is None:
        return [make_streams(run.seed, run.rng)]
    if isinstance(run.rng, Sequence):
        if len(run.rng) != batch or not all(isinstance(s, RandomStreams) for s in run.rng):
            raise ParameterError(
                f"rng must list one RandomStreams for each of the {batch} networks"
            )
        return list(run.rng)
    if isinstance(run.rng, RandomStreams):
        raise ParameterError("a batch needs rng=[one RandomStreams per network], seed=, or none")
    seed = run.seed
    if run.rng is not None:
        seed = int(make_streams(seed, run.rng).wiring.integers(2**31, 1)[0])
    elif seed is None:
        seed = int(np.random.randint(2**31))  # noqa: NPY002 - global by request
    return [RandomStreams(s) for s in network_seeds(seed, batch)]


def _start_networks(
    parameters: Parameters,
    streams: Sequence[Streams],
    batch: int | None,
    announce: Callable[[str], None],
) -> dict[str, np.ndarray]:
    networks = [new_network(parameters, stream.wiring) for stream in streams]
    shapes = {name: networks[0][name].shape for name in ("Wee", "Wei", "Wie")}
    counts = [np.count_nonzero(networks[0][name]) for name in shapes]
    announce("Network Initialized")
    announce("Number of connections in Wee {} , Wei {}, Wie {}".format(*counts))
    announce("Shapes " + " ".join(f"{name} {shape}" for name, shape in shapes.items()))
    if batch is None:
        return networks[0]
    return {name: np.stack([network[name] for network in networks]) for name in STATE_KEYS}


def _target_rate(parameters: Parameters, streams: Sequence[Streams]) -> Any:
    if parameters.h_ip is None:
        return 2.0 * parameters.nu / parameters.ne
    if not isinstance(parameters.h_ip, str):
        return parameters.h_ip
    drawn = []
    for stream in streams:
        if not isinstance(stream, RandomStreams):
            raise ParameterError(
                "h_ip='normal' needs seed= or rng=, so that every call draws the same targets"
            )
        normal = stream.fresh("target_rate").normal
        drawn.append(normal(parameters.mu_ip, parameters.sigma_ip, parameters.ne).clip(0.0, 1.0))
    return drawn[0] if len(drawn) == 1 else np.stack(drawn)
