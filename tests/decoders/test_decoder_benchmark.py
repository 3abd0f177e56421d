"""Windows of a record, and the benchmark of all decoders on a small network."""

import shutil

import numpy as np
import pytest

from lateralnet import preset
from lateralnet.decoders import benchmark as module
from lateralnet.decoders.benchmark import (
    DECODERS,
    Benchmark,
    Score,
    chosen_decoders,
    decode_network,
)
from lateralnet.decoders.flow_model import IdealObserver
from lateralnet.decoders.learned import LinearReadout, Neighbours
from lateralnet.decoders.text import benchmark_table
from lateralnet.decoders.windows import joined, windows_of
from lateralnet.errors import InputError, ParameterError
from lateralnet.figures.studies.decoding import draw_decoding
from lateralnet.figures.style import save, styled
from lateralnet.network.wiring import make_replica
from lateralnet.simulation.session import DeviceOptions
from tests.tiny import tiny


class FakeTest:
    """Two sweeps of 100 steps at 1 ms, one spike of cell 1 at step 45 of the second."""

    dt_s = 0.001
    x_cm = np.stack([np.linspace(-0.5, 4.4, 100)] * 2)
    y_cm = np.full((2, 100), 0.8)

    def sweeps(self, layer):
        class Sweep:
            n_cells = 3

            def __init__(self, steps, cells):
                self.steps_and_cells = lambda: (np.array(steps, int), np.array(cells, int))

        return [Sweep([], []), Sweep([45, 99], [1, 0])]


def test_windows_on_the_body_with_their_counts():
    windows = windows_of(FakeTest(), "ts", window_s=0.02, body_length_cm=4.0)
    assert windows.sweep.tolist() == [0, 0, 0, 1, 1, 1]  # the first and last leave the body
    np.testing.assert_allclose(windows.x_cm[:3], FakeTest.x_cm[0, 20:80].reshape(3, 20).mean(1))
    assert np.argwhere(windows.counts).tolist() == [[4, 1]]
    both = joined([windows, windows])
    assert both.sweep.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert len(both.take(both.sweep >= 2)) == 6


def test_unknown_names_and_impossible_numbers_are_refused():
    with pytest.raises(InputError, match="Bayes, population vector"):
        chosen_decoders(["bayes "])
    replica = make_replica(tiny())
    for changes, words in (
        ({"sweeps": 1}, "at least 2"), ({"distances_cm": (0.0,)}, "above 0"),
        ({"distances_cm": (0.8, 0.4)}, "overlap"),
    ):  # fmt: skip
        with pytest.raises((InputError, ParameterError), match=words):
            decode_network(replica, DeviceOptions(device="cpp"), **changes)


def small_benchmark():
    maps = np.full((3, 20), 0.1)
    maps[2] = 0.4
    scores = tuple(
        Score("forwards", t, layer, name, 0.2, 0.1, 2 / 3, np.nan, maps * t / 20)
        for t in (10.0, 20.0)
        for layer, name in (("ll", "bound"), ("ts", "Bayes"))
    )
    return Benchmark((0.6, 0.8, 1.2), (np.arange(20) + 0.5) * 0.2, scores)


def test_table_figure_and_labelled_array(tmp_path):
    found = small_benchmark()
    table = benchmark_table(found)
    assert max(map(len, table.splitlines())) <= 80 and "0.67" in table and "0.400" in table
    with styled():
        save(draw_decoding(found, "test"), tmp_path / "d.png")
    assert (tmp_path / "d.png").stat().st_size > 10_000
    pytest.importorskip("xarray")
    array = found.to_xarray()
    at = array.sel(layer="ts", decoder="Bayes", window_ms=20.0, distance_cm=1.2)
    assert float(at.mean()) == pytest.approx(0.4)
    assert np.isnan(array.sel(layer="ts", decoder="bound")).all()


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")
def test_a_network_is_decoded_in_all_its_layers():
    names = [name for name in DECODERS if name not in (Neighbours.name, LinearReadout.name)]
    found = decode_network(
        make_replica(tiny()), DeviceOptions(device="cpp"), distances_cm=(0.8, 1.0), sweeps=2,
        directions=(1.0,), decoders=names, windows_s=(0.02, 0.04),
    )  # fmt: skip
    assert found.directions == ("forwards",)
    keys = {(s.window_ms, s.layer, s.decoder) for s in found.scores}
    assert len(keys) == len(found.scores) == 2 * (1 + 6 + 3 + 3)
    ideal = {s.window_ms: s for s in found.scores if s.decoder == IdealObserver.name}
    assert ideal[40.0].rms_cm < 1.0 and ideal[20.0].error_map_cm.shape == (2, module.PLACE_BINS)
    by_window = {s.window_ms: s.rms_cm for s in found.scores if s.decoder == "bound"}
    assert by_window[20.0] == pytest.approx(by_window[40.0] * np.sqrt(2), rel=1e-6)


def test_the_command_has_the_distances_of_the_benchmark():
    from lateralnet.cli.decode import decode

    (option,) = (p for p in decode.params if p.name == "distances_cm")
    assert tuple(map(float, option.default.split(","))) == module.DISTANCES_CM
    assert min(module.DISTANCES_CM) >= preset("ll_learn").sphere_radius_cm
