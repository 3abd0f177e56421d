"""Spikes for NWB and Neo: read back by their own libraries."""

import numpy as np
import pytest

from lateralnet import run
from lateralnet.errors import InputError
from lateralnet.runs.outcome.export import export_run
from lateralnet.runs.outcome.recording import recording_of
from tests.tiny import tiny


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(
        tiny(seed=3, test_sweeps=2), "cpp", run_name="r", runs_dir=tmp_path_factory.mktemp("runs")
    )


def spikes_of(result, condition, sweep, layer, cell):
    """Return the spike times of a cell in a sweep, straight from the record."""
    test = result.seeds[0].record.tests[condition]
    spikes = test.spikes[sweep][layer]
    return (spikes.step[spikes.cell == cell] + 0.5) * test.dt_s


def busiest(result):
    test = result.seeds[0].record.tests["trained"]
    return int(np.bincount(test.spikes[1]["mon"].cell).argmax())


def test_the_time_axis_holds_every_spike_once(result):
    recording = recording_of(result.folder)
    tests = result.seeds[0].record.tests
    expected = sum(s[layer].step.size for t in tests.values() for s in t.spikes for layer in s)
    assert expected > 100
    assert sum(times.size for _, _, times in recording.cells) == expected
    assert len(recording.trials) == 2 * len(tests)
    starts = [trial.start_s for trial in recording.trials]
    stops = [trial.stop_s for trial in recording.trials]
    assert all(stop < start for stop, start in zip(stops, starts[1:], strict=False))
    assert recording.t_s.shape == recording.x_cm.shape
    p = result.params
    assert len(recording.cells) == p.n_ll + p.n_mon + p.n_ts


def test_nwb_is_read_back_and_validated(result, tmp_path):
    pynwb = pytest.importorskip("pynwb", reason="pynwb is not installed (extra neuro)")
    path = tmp_path / "run.nwb"
    export_run(result.folder, "nwb", path)
    cell = busiest(result)
    with pynwb.NWBHDF5IO(path, "r") as reader:
        file = reader.read()
        assert "Simulated" in file.session_description
        assert "no animal" in file.session_description
        units = file.units
        p = result.params
        assert len(units) == p.n_ll + p.n_mon + p.n_ts
        row = p.n_ll + cell
        assert units["layer"][row] == "mon" and int(units["cell"][row]) == cell
        trials = file.trials
        (place,) = (
            k for k in range(len(trials))
            if trials["condition"][k] == "trained" and trials["sweep"][k] == "sweep 1"
        )  # fmt: skip
        start, stop = trials["start_time"][place], trials["stop_time"][place]
        times = np.asarray(units["spike_times"][row])
        inside = times[(times >= start) & (times <= stop)] - start
        expected = spikes_of(result, "trained", 1, "mon", cell)
        assert expected.size > 1
        np.testing.assert_allclose(inside, expected, atol=1e-9)
        position = file.stimulus["sphere_position"]
        np.testing.assert_allclose(position.data[0], -0.005)
    inspector = pytest.importorskip(
        "nwbinspector", reason="nwbinspector is not installed (extra neuro)"
    )
    found = list(inspector.inspect_nwbfile(nwbfile_path=str(path)))
    wrong = [m for m in found if "SUGGESTION" not in str(m.importance)]
    assert not wrong, wrong


def test_neo_is_read_back(result, tmp_path):
    neo = pytest.importorskip("neo", reason="neo is not installed (extra neuro)")
    path = tmp_path / "run.pkl"
    export_run(result.folder, "neo", path)
    block = neo.io.PickleIO(str(path)).read_block()
    assert block.annotations["simulated"] is True and "no animal" in block.description
    names = [segment.annotations["condition"] for segment in block.segments]
    assert names == ["untrained", "untrained", "trained", "trained"]
    cell = busiest(result)
    segment = block.segments[3]
    (train,) = (
        t for t in segment.spiketrains
        if (t.annotations["layer"], t.annotations["cell"]) == ("mon", cell)
    )  # fmt: skip
    expected = spikes_of(result, "trained", 1, "mon", cell)
    np.testing.assert_allclose(train.rescale("s").magnitude, expected, atol=1e-9)
    assert segment.analogsignals[0].shape[0] == result.seeds[0].record.tests["trained"].t_s.size


def test_sonata_is_read_back(result, tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed (extra neuro)")
    path = tmp_path / "run.h5"
    export_run(result.folder, "sonata", path)
    cell = busiest(result)
    with h5py.File(path) as file:
        assert set(file["spikes"]) == {"ll", "mon", "ts"}
        group = file["spikes/mon"]
        kinds = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert (
            kinds["by_time"] == group.attrs["sorting"]
            and group["timestamps"].attrs["units"] == "milliseconds"
        )
        times_ms, ids = group["timestamps"][:], group["node_ids"][:]
        assert (np.diff(times_ms) >= 0).all()
        trials = file["lateralnet/trials"]
        (row,) = (
            k for k in range(trials["sweep"].size)
            if trials["condition"][k] == b"trained" and trials["sweep"][k] == 1
        )  # fmt: skip
        start_ms, stop_ms = 1e3 * trials["start_s"][row], 1e3 * trials["stop_s"][row]
    inside = (ids == cell) & (times_ms >= start_ms) & (times_ms <= stop_ms)
    expected_s = spikes_of(result, "trained", 1, "mon", cell)
    assert expected_s.size > 1
    np.testing.assert_allclose(times_ms[inside] - start_ms, 1e3 * expected_s, atol=1e-6)


def test_refusals_leave_what_is_there(result, tmp_path):
    target = tmp_path / "run.nwb"
    target.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_run(result.folder, "nwb", target)
    assert target.read_text() == "mine"
    with pytest.raises(InputError, match="known: nwb, neo"):
        export_run(result.folder, "hdf9", tmp_path / "x")
    with pytest.raises(InputError, match=r"has no seed .*; it has 3"):
        export_run(result.folder, "nwb", tmp_path / "x.nwb", seed=99)
    with pytest.raises(InputError, match="does not exist"):
        export_run(result.folder, "nwb", tmp_path / "no" / "x.nwb")
    with pytest.raises(InputError):
        export_run(tmp_path, "nwb", tmp_path / "x.nwb")
    assert not list(tmp_path.glob(".*"))


def test_without_the_library_the_extra_is_named(result, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pynwb", None)
    monkeypatch.setitem(sys.modules, "neo", None)
    for kind in ("nwb", "neo"):
        with pytest.raises(InputError, match=r"lateralnet\[neuro\]"):
            export_run(result.folder, kind, tmp_path / f"x.{kind}")
    assert not list(tmp_path.glob(".*"))


def test_memory_grows_with_spikes_and_not_with_cells_times_spikes(result):
    import tracemalloc

    from lateralnet.runs.outcome.recording import _cells, _time_axis

    test = result.seeds[0].record.tests["trained"]
    tests = {f"condition {k}": test for k in range(40)}
    trials, _, _ = _time_axis(tests)
    n_bytes = 8 * sum(spikes[layer].step.size for spikes in test.spikes for layer in spikes) * 40
    tracemalloc.start()
    cells = _cells(tests, trials, result.params)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(times.size for _, _, times in cells) * 8 == n_bytes
    assert held < 4 * n_bytes + 1_000_000


@pytest.mark.parametrize(("kind", "package"), [("nwb", "pynwb"), ("neo", "neo")])
def test_a_missing_library_is_said_before_anything_is_read(monkeypatch, tmp_path, kind, package):
    import sys

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"{package}.*pip install"):
        export_run(tmp_path / "no such run", kind, tmp_path / "x.nwb")
