"""What the trained map is compared with, on the same wiring and the same test sweeps.

A trained network may score well for reasons that are not learning: its wiring is topographic
before any training, and it may simply fire more. So beside the untrained network, which every
run tests, there are

* ``rate-matched``: untrained weights, all times one factor, so that TS fires at the trained rate;
* ``shuffled``: trained weights, permuted among the inputs of each TS cell: the same
  distribution, sum and wiring, but nothing of what was learned about which input is which;
* ``published``: the untrained network of the published recipe (preset ``ll_map``) on the same
  wiring, since its map does as well before training as after;
* ``best-untrained``: untrained weights without lateral excitation, which blurs an untrained map,
  times the factor that gives the lowest error of the population vector in these very sweeps;
* ``best-untrained-rate``: the same network with the factor that gives the trained rate.

All plasticity is frozen in these tests, whatever the parameters let the trained network do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lateralnet.errors import InputError
from lateralnet.learning.test_sweeps import run_test
from lateralnet.measures.body_map import body_fixed_map
from lateralnet.network.wiring import Replica, make_replica
from lateralnet.parameters.params import NetworkParams, parameter_names, spec_of
from lateralnet.parameters.presets import preset
from lateralnet.records.record import TestRecord
from lateralnet.simulation.segment import Simulation
from lateralnet.simulation.session import Session
from lateralnet.streams import named_generator

CONTROLS: tuple[str, ...] = (
    "rate-matched",
    "shuffled",
    "published",
    "best-untrained",
    "best-untrained-rate",
)

RATE_TOLERANCE = 0.02
_LARGEST_FACTOR = 64.0
_MOST_TESTS = 14
_FACTORS = tuple(2.0 ** (k / 2) for k in range(-2, 7))  # 0.5 to 8, then halfway around the best

# What wires a network up; the rest of these groups is how the network works.
_WIRING = frozenset(
    {
        "p_ll_to_mon",
        "ll_to_mon_in_degree",
        "ll_to_mon_sigma",
        "ll_to_mon_topography_strength",
        "mon_to_ts_out_degree",
        "mon_to_ts_sigma",
        "mon_to_ts_topography_strength",
    }
)
_RECIPE_GROUPS = ("LL->MON", "MON->TS", "Inhibition and lateral excitation", "Background")


def checked_controls(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names once each, in the order of `CONTROLS`; ``untrained`` is always tested.

    Raises
    ------
    InputError
        For an unknown name, with the known ones.
    """
    for name in names:
        if name not in (*CONTROLS, "untrained"):
            raise InputError(
                f"--controls {name!r} is unknown; known controls: untrained, "
                f"{', '.join(CONTROLS)}, or none."
            )
    return tuple(name for name in CONTROLS if name in names)


def run_controls(
    names: Sequence[str],
    session: Session,
    replicas: Sequence[Replica],
    learned: Sequence[Replica],
    tests: Sequence[dict[str, TestRecord]],
) -> list[dict[str, TestRecord]]:
    """Test the networks under further conditions.

    Parameters
    ----------
    names : sequence of str
        Some of `CONTROLS`.
    session : Session
        The open program with the networks.
    replicas, learned : sequence of Replica
        The networks with their initial and their trained weights.
    tests : sequence of dict
        For each network, its ``"untrained"`` and ``"trained"`` tests.

    Returns
    -------
    list of dict
        For each network, condition -> test.
    """
    target_hz = [test["trained"].rate_hz("ts") for test in tests]
    make = {
        "rate-matched": lambda: rate_matched(session.simulation, replicas, target_hz),
        "shuffled": lambda: run_test(
            session.simulation, [shuffled(r) for r in learned], plastic=False
        ),
        "published": lambda: published(session, replicas),
        "best-untrained": lambda: best_untrained(session, replicas),
        "best-untrained-rate": lambda: best_untrained(session, replicas, target_hz),
    }
    found: list[dict[str, TestRecord]] = [{} for _ in replicas]
    for name in checked_controls(names):
        for conditions, record in zip(found, make[name](), strict=True):
            conditions[name] = record
    return found


def shuffled(learned: Replica) -> Replica:
    """Return a network whose MON->TS weights are permuted within each TS cell's inputs."""
    cell, w = learned.mon_ts.j, learned.mon_ts.w
    draws = named_generator(learned.params.seed, "controls/shuffled").random(w.size)
    permuted = np.empty_like(w)
    # Sorted by cell, once in wiring order and once at random within each cell.
    permuted[np.argsort(cell, kind="stable")] = w[np.lexsort((draws, cell))]
    return learned.with_weights_of({"mon_ts.w": permuted})


def published_params(params: NetworkParams) -> NetworkParams:
    """Return the published recipe with the sizes, wiring, seed and test of `params`.

    LL->MON has the initial weights of its plastic recipe, but is fixed: nothing learns here.
    """
    recipe = preset("ll_map")
    changes = {
        name: getattr(recipe, name)
        for name in parameter_names()
        if spec_of(name).group in _RECIPE_GROUPS and name not in _WIRING
    }
    changes |= {
        "ll_mon_use_stdp": False,
        "ll_mon_w_mean_mV": recipe.ll_mon_w_init_mV,
        "ll_mon_w_jitter_mV": recipe.ll_mon_w_jitter_stdp_mV,
    }
    return replace(params, **changes)


def published(session: Session, replicas: Sequence[Replica]) -> list[TestRecord]:
    """Test the untrained networks of the published recipe, in a program of their own."""
    networks = [
        replace(make_replica(published_params(replica.params)), stimulus=replica.stimulus)
        for replica in replicas
    ]
    with Session(networks, session.options) as own:
        return run_test(own.simulation, networks, plastic=False)


def unexcited(replica: Replica) -> Replica:
    """Return a network whose lateral excitation is 0; its program is the same."""
    synapses = replica.ts_excitation
    return replace(replica, ts_excitation=replace(synapses, w=np.zeros_like(synapses.w)))


def best_untrained(
    session: Session, replicas: Sequence[Replica], target_hz: Sequence[float] | None = None
) -> list[TestRecord]:
    """Test untrained networks without lateral excitation at their best.

    Parameters
    ----------
    session : Session
        The open program with the networks.
    replicas : sequence of Replica
        The networks with their initial weights.
    target_hz : sequence of float, optional
        Rates to reach, one for each network; without them each gets the factor, of 0.5 to 8 in
        steps of the fourth root of 2 around the best, with the lowest error of the population
        vector. It is chosen on the sweeps that count, in favour of the control.
    """
    networks = [unexcited(replica) for replica in replicas]
    with Session(networks, session.options) as own:
        if target_hz is not None:
            return rate_matched(own.simulation, networks, target_hz)
        return _lowest_error(own.simulation, networks)


def _lowest_error(simulation: Simulation, networks: Sequence[Replica]) -> list[TestRecord]:
    best: list[tuple[float, float, TestRecord]] = []

    def try_factors(factors: Sequence[float]) -> None:
        scaled = [_scaled(r, factor) for r, factor in zip(networks, factors, strict=True)]
        records = run_test(simulation, scaled, plastic=False)
        for k, (replica, factor, record) in enumerate(zip(networks, factors, records, strict=True)):
            entry = (_error_cm(record, replica.params), factor, record)
            if k == len(best):
                best.append(entry)
            elif entry[0] < best[k][0]:
                best[k] = entry

    for factor in _FACTORS:
        try_factors([factor] * len(networks))
    found = [factor for _, factor, _ in best]
    for step in (2.0**-0.25, 2.0**0.25):
        try_factors([factor * step for factor in found])
    return [replace(record, facts={"weight_scale": factor}) for _, factor, record in best]


def _error_cm(test: TestRecord, params: NetworkParams) -> float:
    """Return the RMS error of the population vector; infinite for a silent TS."""
    body = body_fixed_map(
        test.sweeps("ts"),
        body_length_cm=params.ll_body_length_cm,
        n_shuffles=0,
        window_s=params.decoding_window_s,
    )
    return body.rms_error_cm if np.isfinite(body.rms_error_cm) else np.inf


@dataclass
class _Search:
    """The factor on the weights of one network that gives TS the rate `target_hz`."""

    target_hz: float
    factor: float = 1.0
    low: tuple[float, float] | None = None  # (log factor, rate) below the target
    high: tuple[float, float] | None = None
    best: TestRecord | None = None
    best_factor: float = 1.0
    best_miss_hz: float = np.inf

    @property
    def reached(self) -> bool:
        return self.best_miss_hz <= RATE_TOLERANCE * self.target_hz

    @property
    def finished(self) -> bool:
        return self.reached or not 1.0 / _LARGEST_FACTOR <= self.factor <= _LARGEST_FACTOR

    def take(self, record: TestRecord, rate_hz: float) -> None:
        """Note what the current factor gave, and choose the next one."""
        miss_hz = abs(rate_hz - self.target_hz)
        if miss_hz < self.best_miss_hz:
            self.best, self.best_factor, self.best_miss_hz = record, self.factor, miss_hz
        point = (float(np.log(self.factor)), rate_hz)
        if rate_hz < self.target_hz:
            self.low = point
        else:
            self.high = point
        if self.low is None or self.high is None:
            self.factor *= 2.0 if self.high is None else 0.5
            return
        share = (self.target_hz - self.low[1]) / (self.high[1] - self.low[1])
        # Not too near either end: the rate may jump, and then only halving makes progress.
        share = float(np.clip(share, 0.2, 0.8))
        self.factor = float(np.exp(self.low[0] + share * (self.high[0] - self.low[0])))


def rate_matched(
    simulation: Simulation, replicas: Sequence[Replica], target_hz: Sequence[float]
) -> list[TestRecord]:
    """Test networks with all MON->TS weights scaled so that TS fires at a given rate.

    Doubles or halves the factor until the rate is bracketed, then interpolates. The records
    carry ``weight_scale``, ``target_ts_rate_hz`` and ``rate_reached`` (1, or 0 where no factor
    between 1/64 and 64 comes within 2 %; the nearest is returned then).
    """
    searches = [_Search(target) for target in target_hz]
    for _ in range(_MOST_TESTS):
        scaled = [_scaled(r, s.factor) for r, s in zip(replicas, searches, strict=True)]
        records = run_test(simulation, scaled, plastic=False)
        for search, record in zip(searches, records, strict=True):
            if not search.finished:
                search.take(record, record.rate_hz("ts"))
        if all(search.finished for search in searches):
            break
    return [_with_facts(search) for search in searches]


def _with_facts(search: _Search) -> TestRecord:
    assert search.best is not None
    facts = {
        "weight_scale": search.best_factor,
        "target_ts_rate_hz": search.target_hz,
        "rate_reached": float(search.reached),
    }
    return replace(search.best, facts=facts)


def _scaled(replica: Replica, factor: float) -> Replica:
    return replica.with_weights_of({"mon_ts.w": replica.mon_ts.w * factor})
