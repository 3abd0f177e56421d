"""Tables, labelled arrays, summaries and figures of a sweep of the stand-in."""

import csv
import struct
import zlib

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.figures.studies.drawing import draw_sweep, linked, map_parameters
from lateralnet.figures.studies.sweep_curves import Curve
from lateralnet.figures.studies.sweep_panels import parameter_in_words
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.results.labelled import to_dataset, write_netcdf
from lateralnet.studies.results.summarise import summary_json, summary_of, summary_text
from lateralnet.studies.results.table import read_table, write_csv, write_parquet
from lateralnet.studies.sweeps import sweep_design
from tests.studies.fake_work import WORK

TOPO, DISTANCE = "mon_to_ts_topography_strength", "distance_cm"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweeps") / "s"
    axes = (Axis(TOPO, (0.2, 0.4)), Axis(DISTANCE, (0.6, 0.8, 1.0)))
    design = Design(mode="ll_fast", axes=axes, seeds=(1, 2))
    sweep_design(design, path, "runtime", workplace=LocalWorkplace(2), work=WORK)
    return path


@pytest.fixture
def table(folder):
    return read_table(folder)


def test_the_table_is_tidy(table, tmp_path):
    assert len(table.rows) == 2 * 3 * 2 * 2
    assert table.varied == (TOPO, DISTANCE)
    keys = {(r["seed"], r["condition"], r[TOPO], r[DISTANCE]) for r in table.rows}
    assert len(keys) == len(table.rows)
    write_csv(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == len(table.rows)
    for written, row in zip(rows, table.rows, strict=True):
        assert float(written["rms_error_cm"]) == row["rms_error_cm"]
        assert written["condition"] == row["condition"]
        assert written["version_lateralnet"] and written["device"] == "runtime"


def test_parquet_holds_the_same(table, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    write_parquet(table, tmp_path / "t.parquet")
    read = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert [r["rms_error_cm"] for r in read] == [r["rms_error_cm"] for r in table.rows]
    assert [r["seed"] for r in read] == [r["seed"] for r in table.rows]


def test_netcdf_has_named_dimensions(table, tmp_path):
    xarray = pytest.importorskip("xarray", reason="xarray is not installed (extra xarray)")
    pytest.importorskip("h5netcdf", reason="h5netcdf is not installed (extra xarray)")
    write_netcdf(table, tmp_path / "t.nc")
    with xarray.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as read:
        assert dict(read.sizes) == {TOPO: 2, DISTANCE: 3, "seed": 2, "condition": 2}
        assert read[DISTANCE].attrs["units"] == "cm"
        assert read.rms_error_cm.attrs["units"] == "cm"
        assert read.rms_error_cm.attrs["long_name"] == "Error of the decoded position"
        assert all(array.attrs.get("long_name") for array in read.data_vars.values())
        for row in table.rows:
            at = {TOPO: row[TOPO], DISTANCE: row[DISTANCE], "seed": row["seed"]}
            value = read.rms_error_cm.sel(at).sel(condition=row["condition"])
            assert float(value) == row["rms_error_cm"]


def test_axes_that_go_together_are_one_dimension(tmp_path):
    pytest.importorskip("xarray", reason="xarray is not installed (extra xarray)")
    axes = (Axis("n_mon", (40, 80)), Axis("mon_ts_gain_mV", (200.0, 100.0)))
    design = Design(mode="ll_fast", axes=axes, zipped=True, seeds=(1,))
    sweep_design(design, tmp_path / "s", "runtime", work=WORK)
    table = read_table(tmp_path / "s")
    dataset = to_dataset(table)
    assert dict(dataset.sizes) == {"combination": 2, "seed": 1, "condition": 2}
    assert not np.isnan(dataset.rms_error_cm).any()
    assert linked(table, "n_mon") == ["mon_ts_gain_mV"] and map_parameters(table) is None


def test_what_is_missing_is_nan_and_said(table, folder, tmp_path):
    import shutil

    pytest.importorskip("xarray", reason="xarray is not installed (extra xarray)")
    copy = tmp_path / "s"
    shutil.copytree(folder, copy)
    gone = table.rows[0]
    (copy / "points" / gone["point"][:2] / f"{gone['point']}.json").unlink()
    short = read_table(copy)
    assert short.missing == 1
    assert int(np.isnan(to_dataset(short).rms_error_cm).sum()) == 2
    assert "1 points have no result yet" in summary_text(short)


def test_the_summary_pairs_with_the_control(table):
    entries = {
        (e["parameters"][TOPO], e["parameters"][DISTANCE], e["condition"]): e
        for e in summary_of(table, ["rms_error_cm"])
    }
    assert len(entries) == 12
    entry = entries[0.2, 0.6, "trained"]
    trained = table.values("rms_error_cm", "trained", entry["parameters"])
    control = table.values("rms_error_cm", "untrained", entry["parameters"])
    assert entry["mean"].mean == pytest.approx(np.mean(list(trained.values())))
    pair = entry["against_untrained"]
    assert pair.difference.mean == pytest.approx(
        np.mean([trained[seed] - control[seed] for seed in trained])
    )
    assert pair.n_lower == 2  # the stand-in's training always helps, by 0.3
    assert pair.difference.mean == pytest.approx(-0.3)
    text = summary_text(table)
    assert "-0.300" in text and "2 of 2" in text
    assert len(summary_json(table)["summary"]) == 12
    with pytest.raises(InputError, match="Did you mean rms_error_cm"):
        summary_of(table, ["rms_eror_cm"])


def test_silent_seeds_are_counted_and_not_averaged(table):
    from dataclasses import replace

    rows = [dict(row, sigma_theta_rad=0.3) for row in table.rows]
    for row in rows:
        if row["seed"] == 1:
            row |= {"sigma_theta_rad": np.pi, "ts_spikes_during_test_window": 0.0}
    changed = replace(table, rows=tuple(rows), measures=(*table.measures, "sigma_theta_rad"))
    for entry in summary_of(changed, ["sigma_theta_rad"]):
        assert (entry["mean"].mean, entry["mean"].n, entry["without_map"]) == (0.3, 1, 1)


def test_figures_are_drawn_with_ink(folder, table):
    paths = draw_sweep(table, folder)
    names = {path.name for path in paths}
    assert names == {f"against_{TOPO}.png", f"against_{DISTANCE}.png", "map_rms_error_cm.png"}
    for path in paths:
        image = pixels(path)
        assert image.shape[0] > 300 and image.shape[1] > 500
        assert 0.005 < (image < 200).any(axis=2).mean() < 0.9


def pixels(path):
    """Return the image of a PNG without row filters."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    place, body = 8, b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        if kind == b"IDAT":
            body += data[place + 8 : place + 8 + length]
        place += 12 + length
    rows = np.frombuffer(zlib.decompress(body), dtype=np.uint8).reshape(height, 1 + 3 * width)
    return rows[:, 1:].reshape(height, width, 3)


def test_a_folder_without_results_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("LATERALNET_STAND_IN_FAILS", "1")
    design = Design(mode="ll_fast", seeds=(1,))
    sweep_design(design, tmp_path / "s", "runtime", work=WORK)
    with pytest.raises(InputError, match=r"no results yet \(1 failed: seed 1 fails"):
        read_table(tmp_path / "s")
    with pytest.raises(InputError, match="not the folder of a sweep"):
        read_table(tmp_path)


def test_a_parameter_stands_in_words_with_its_unit_in_two_lines_at_most():
    assert parameter_in_words("mon_ts_gain_mV", 44) == "EPSP per unit MON→TS weight (mV)"
    assert parameter_in_words("mon_ts_gain_mV", 30) == "EPSP per unit MON→TS weight\n(mV)"
    assert parameter_in_words("ll_mon_polarity", 44) == "polarities that a MON cell takes"
    assert parameter_in_words("test.distance_cm", 20) == "distance-cm (cm)"
    assert parameter_in_words("test.speed_cm_s", 44) == "speed of the sphere in the test (cm/s)"


def test_a_training_of_one_checkpoint_has_no_curve():
    short = Curve("0.1", 1, {"ts_ckpt_rate_series": np.array([1.0])})
    assert not short.is_a_line
    assert Curve("0.1", 1, {"ts_ckpt_rate_series": np.array([1.0, 2.0])}).is_a_line
