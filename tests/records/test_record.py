"""A record of a seed: rates and times of its tests, and the file it goes to and comes from."""

import dataclasses

import numpy as np
import pytest

from lateralnet.errors import StorageError
from lateralnet.records.record import SeedRecord, TestRecord, load_record
from lateralnet.records.storage import read_npz, write_npz
from lateralnet.simulation.spikes import unequal_layers
from tests.figures.figure_records import make_record
from tests.tiny import tiny

KINDS = {"untrained": "random", "trained": "perfect", "shuffled": "silent"}


@pytest.fixture(scope="module")
def record():
    made = make_record(tiny(test_sweeps=3), KINDS)
    tests = dict(made.tests)
    tests["untrained"] = dataclasses.replace(tests["untrained"], facts={"weight_scale": 1.25})
    return dataclasses.replace(made, tests=tests)


def test_times_and_rates_of_a_test(record):
    test: TestRecord = record.tests["trained"]
    assert test.t_s[0] == 0.0 and test.t_s[-1] == pytest.approx(test.duration_s - test.dt_s)
    assert test.duration_s == pytest.approx(test.x_cm.shape[1] * test.dt_s)
    count = sum(sweep["ts"].step.size for sweep in test.spikes)
    assert count > 0
    assert test.rate_hz("ts") == pytest.approx(count / 12 / 3 / test.duration_s)


def read(path):
    return load_record(path, tiny().n_cells, tiny().dt_s)


def test_a_record_comes_back_from_its_file(record, tmp_path):
    record.save(tmp_path / "r.npz")
    assert read_npz(tmp_path / "r.npz")["schema_version"] == 1  # of the files that users have
    found = read(tmp_path / "r.npz")
    assert isinstance(found, SeedRecord) and found.seed == record.seed
    for kind in ("weights", "curves", "training"):
        stored, ours = getattr(found, kind), getattr(record, kind)
        assert set(stored) == set(ours)
        assert all(stored[n].tobytes() == np.asarray(ours[n]).tobytes() for n in ours), kind
    assert unequal_layers(found.tail, record.tail) == []
    assert list(found.tests) == list(KINDS)
    for condition, test in record.tests.items():
        other = found.tests[condition]
        assert (other.dt_s, other.facts) == (test.dt_s, test.facts)
        assert np.array_equal(other.x_cm, test.x_cm) and np.array_equal(other.y_cm, test.y_cm)
        assert len(other.spikes) == 3
        assert all(
            unequal_layers(a, b) == [] for a, b in zip(other.spikes, test.spikes, strict=True)
        )


@pytest.mark.parametrize("last_step", [2**15 - 1, 2**15, 2**17])
def test_long_recordings_keep_their_steps(record, tmp_path, last_step):
    ts = record.tail["ts"]
    moved = dataclasses.replace(ts, step=np.append(ts.step[:-1], last_step))
    if not ts.step.size:
        moved = dataclasses.replace(ts, step=np.array([last_step]), cell=np.array([3], np.int32))
    long = dataclasses.replace(record, tail={**record.tail, "ts": moved})
    long.save(tmp_path / "r.npz")
    assert read(tmp_path / "r.npz").tail["ts"].step[-1] == last_step


def test_another_version_and_another_file_are_refused(record, tmp_path):
    record.save(tmp_path / "r.npz")
    arrays = read_npz(tmp_path / "r.npz")
    write_npz(tmp_path / "v.npz", {**arrays, "schema_version": np.array(99)})
    with pytest.raises(StorageError, match="schema version 99"):
        read(tmp_path / "v.npz")
    for lost in ("seed", "tail/ts/step", "tests/trained/x_cm"):
        write_npz(tmp_path / "l.npz", {k: v for k, v in arrays.items() if k != lost})
        with pytest.raises(StorageError, match="not a record of a run"):
            read(tmp_path / "l.npz")


def test_a_record_is_a_value(record):
    for value, name in ((record, "seed"), (record.tests["trained"], "dt_s")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, 1)
