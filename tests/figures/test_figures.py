"""Every figure of every kind of run: complete, labelled, uncut, quiet and closed."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from lateralnet.errors import InputError
from lateralnet.figures import KINDS, draw_run
from lateralnet.figures.drawing import DRAW
from lateralnet.figures.names import CONTROLS, figure_name, multiseed_name
from lateralnet.figures.runs.comparisons import draw_multiseed, has_controls
from lateralnet.figures.style import Page, png_bytes, styled
from lateralnet.measures.body_map import body_fixed_map
from lateralnet.records.folders import RunFolder
from lateralnet.records.results import RunResult, SeedResult
from tests.figures.figure_records import make_scene

pytestmark = pytest.mark.filterwarnings("error")

SILENT = {"untrained": "silent", "trained": "silent"}
CASES = {
    "perfect map, several sweeps": {},
    "silent": {"kinds": SILENT, "test_sweeps": 1},
    "few spikes": {"kinds": {"untrained": "silent", "trained": "few"}, "test_sweeps": 1},
    "one TS cell": {"n_ts": 1, "test_sweeps": 1},
    "one cell per layer": {"n_ts": 1, "n_mon": 1, "n_ll": 1},
    "held test": {"test_using_held_snapshots": True, "ll_mon_use_stdp": True},
    "no training": {"n_training_trials": 0, "test_sweeps": 1},
    "controls": {
        "kinds": {
            "untrained": "random", "trained": "perfect", "rate-matched": "random",
            "shuffled": "few", "published": "silent",
        }
    },
}  # fmt: skip
_UNITS = ("(cm)", "(Hz)", "(s)", "(mV", "(rad)", "(no unit)", "(0 to 1)", "(%)", "index", "seed")


@pytest.fixture(scope="module", params=CASES, ids=str)
def drawn(request):
    """All figures of a case, drawn on their canvas."""
    scene = make_scene(**CASES[request.param])
    with styled():
        figures = {
            kind: draw(scene)
            for kind, draw in DRAW.items()
            if kind != CONTROLS or has_controls(scene)
        }
        for figure in figures.values():
            FigureCanvasAgg(figure).draw()
    return figures


def texts_of(figure):
    """All texts that a drawn figure shows; ticks outside the axes are never drawn."""
    ticks = {
        label
        for axis in axes_of(figure)
        for tick in (*axis.majorTicks, *axis.minorTicks)
        for label in (tick.label1, tick.label2)
    }
    shown = {tick.label1 for axis in axes_of(figure) for tick in axis._update_ticks()}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and (text in shown or text not in ticks)
    ]


def axes_of(figure):
    return [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]


def has_unit(label):
    return any(unit in label for unit in _UNITS) or "(cm" in label or "(s)" in label


def shows_numbers(axis):
    return any(label.get_text() for label in axis.get_ticklabels() if label.get_visible())


def test_every_kind_is_drawn(drawn):
    assert set(drawn) >= set(KINDS) - {CONTROLS}


def test_axes_with_numbers_carry_a_label_with_a_unit(drawn):
    for kind, figure in drawn.items():
        for axes in figure.axes:
            if shows_numbers(axes.yaxis):
                assert has_unit(axes.get_ylabel()) or "−1 to 1" in axes.get_ylabel(), kind
            if shows_numbers(axes.xaxis) and kind != CONTROLS:
                assert has_unit(axes.get_xlabel()), (kind, axes.get_title(), axes.get_xlabel())


def test_no_text_leaves_the_figure(drawn):
    for kind, figure in drawn.items():
        width, height = figure.bbox.width, figure.bbox.height
        for text in texts_of(figure):
            box = text.get_window_extent()
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, (kind, text.get_text(), box)


def test_titles_and_headings_do_not_overlap(drawn):
    for kind, figure in drawn.items():
        titles = [t for t in figure.texts if t.get_text()]
        for axes in figure.axes:
            legend = axes.get_legend()
            left = axes.title if axes.title.get_text() else axes._left_title
            titles += [left] * bool(left.get_text()) + [legend] * (legend is not None)
        boxes = [t.get_window_extent() for t in titles]
        for k, first in enumerate(boxes):
            for other, second in zip(titles[k + 1 :], boxes[k + 1 :], strict=True):
                assert not first.padded(-1).overlaps(second), (kind, titles[k], other)


@pytest.mark.parametrize("layer", ["TS", "MON"])
def test_silence_is_said_in_words(layer):
    scene = make_scene(SILENT, test_sweeps=1)
    kinds = {
        "TS": (
            "test_phase_only", "ts_tuning", "ts_spikes_vs_x_test", "decoded_position",
            "ts_rate_map", "ts_preferred_position", "ts_pop_rate_train_test_transition",
        ),
        "MON": (
            "test_phase_only", "mon_tuning_examples", "mon_spikes_vs_x_test",
            "mon_ts_drive_heatmap", "mon_ts_drive_winner",
        ),
    }[layer]  # fmt: skip
    for kind in kinds:
        with styled():
            words = " ".join(text.get_text() for text in texts_of(DRAW[kind](scene)))
        assert f"{layer} is silent" in words.replace("\n", " "), kind


def save_run(folder, scenes, mode="ll_fast", failed=None):
    """Write records as a run leaves them and return its result."""
    place = RunFolder(folder)
    place.artifacts.mkdir(parents=True)
    results = []
    for scene in scenes:
        path = place.record(scene.params.seed)
        scene.record.save(path)
        results.append(SeedResult(scene.params, scene.measures, {}, path))
    return RunResult(folder, mode, scenes[0].params, tuple(results), failed or {})


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_one_seed_has_one_set_of_files(tmp_path):
    scene = make_scene()
    paths = draw_run(save_run(tmp_path / "run", [scene]))
    expected = {figure_name(kind, scene.params) for kind in KINDS if kind != CONTROLS}
    assert "brian2_ts_tuning_u_5.0_nMON_48_nTS_24.png" in expected
    assert names_in(tmp_path / "run" / "figures") == expected
    assert sorted(path.name for path in paths) == sorted(expected)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_several_seeds_have_sets_of_their_own_and_copies_of_the_first(tmp_path):
    scenes = [make_scene(seed=seed) for seed in (7, 8)]
    only = ("ts_rate_map", "decoded_position")
    result = save_run(tmp_path / "run", scenes)
    draw_run(result, only=only)
    figures = tmp_path / "run" / "figures"
    names = {figure_name(kind, scenes[0].params, seed) for kind in only for seed in (7, 8, None)}
    assert names_in(figures) == names
    for kind in only:
        first, second, plain = (
            (figures / figure_name(kind, scenes[0].params, seed)).read_bytes()
            for seed in (7, 8, None)
        )
        assert plain == first != second


def test_several_seeds_have_a_figure_over_all(tmp_path, monkeypatch):
    from lateralnet.figures import drawing

    monkeypatch.setattr(drawing, "KINDS", ("ts_rate_map",))
    result = save_run(tmp_path / "run", [make_scene(seed=seed) for seed in (7, 8)])
    assert multiseed_name(2) in {path.name for path in draw_run(result)}
    assert (tmp_path / "run" / "figures" / "brian2_multiseed_summary_n2.png").is_file()


def test_a_failed_seed_is_named(tmp_path):
    result = save_run(tmp_path / "run", [make_scene(seed=7)], failed={8: "killed"})
    with styled():
        figure = draw_multiseed(result)
    assert "failed: 8" in " ".join(text.get_text() for text in figure.texts)


def test_thesis_mode_keeps_its_copies(tmp_path):
    scene = make_scene()
    only = ("spatial_two_stage", "test_phase_only", "ts_rate_map")
    draw_run(save_run(tmp_path / "run", [scene], mode="ll_thesis"), only=only)
    figures = tmp_path / "run" / "figures"
    for kind, copy in (
        ("spatial_two_stage", "LL_THESIS_BASELINE_ACTIVE_latest.png"),
        ("test_phase_only", "LL_THESIS_BASELINE_TEST_ONLY_latest.png"),
    ):
        original = figures / figure_name(kind, scene.params)
        assert (figures / copy).read_bytes() == original.read_bytes()


def test_several_processes_draw_the_same(tmp_path):
    result = save_run(tmp_path / "run", [make_scene()])
    only = ("ts_rate_map", "decoded_position", "mon_ts_drive_winner")
    alone = {path.name: path.read_bytes() for path in draw_run(result, only=only)}
    together = {path.name: path.read_bytes() for path in draw_run(result, jobs=2, only=only)}
    assert alone == together


def test_formats_and_resolution_are_those_asked_for(tmp_path):
    result = save_run(tmp_path / "run", [make_scene(seed=seed) for seed in (7, 8)])
    draw_run(
        result, only=["decoded_position"], formats=("png", "pdf", "svg"), dpi=70,
        output=tmp_path / "paper",
    )  # fmt: skip
    names = {path.name for path in (tmp_path / "paper").iterdir()}
    assert len(names) == 9  # two seeds and the copy of the first, in three formats
    assert not list((tmp_path / "run").glob("figures/*"))
    (plain,) = (tmp_path / "paper").glob("*_nTS_24.png")
    assert matplotlib.image.imread(plain).shape[:2] == (round(3.9 * 70), round(8.6 * 70))
    assert plain.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert b"<svg" in plain.with_suffix(".svg").read_bytes()
    first = plain.with_suffix(".svg").read_bytes()
    draw_run(result, only=["decoded_position"], formats=("svg",), output=tmp_path / "paper")
    assert plain.with_suffix(".svg").read_bytes() == first  # not another one on another day


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"formats": ["jpg"]}, "known formats: png, pdf, svg"),
        ({"formats": []}, "no format"),
        ({"dpi": 0}, "must be 10 to 1200"),
    ],
)
def test_wrong_formats_are_refused_before_a_folder_is_made(tmp_path, wrong, match):
    result = save_run(tmp_path / "run", [make_scene()])
    with pytest.raises(InputError, match=match):
        draw_run(result, output=tmp_path / "there", **wrong)
    assert not (tmp_path / "there").exists()


def test_panels_go_into_axes_of_somebody_else(tmp_path):
    import lateralnet
    from lateralnet.figures.drawing import PANELS

    result = save_run(tmp_path / "run", [make_scene(seed=seed) for seed in (7, 8)])
    for kind in PANELS:
        axes = matplotlib.figure.Figure().subplots()
        assert lateralnet.draw(result, kind, ax=axes) is axes
        assert axes.get_xlabel() or axes.get_ylabel()
        assert axes.lines or axes.images or axes.texts
    axes = matplotlib.figure.Figure().subplots()
    lateralnet.draw(result, "decoded_position", ax=axes, seed=8)
    decoded = body_fixed_map(
        result.seeds[1].record.tests["trained"].sweeps("ts"), body_length_cm=4.0, n_shuffles=0
    ).x_hat_cm
    assert np.array_equal(axes.lines[0].get_ydata(), decoded, equal_nan=True)
    assert isinstance(lateralnet.draw(result, "ts_tuning"), matplotlib.figure.Figure)
    with pytest.raises(InputError, match="no panel that stands alone"):
        lateralnet.draw(result, "ts_tuning", ax=axes)
    with pytest.raises(InputError, match="no seed 9; it has 7, 8"):
        lateralnet.draw(result, "ts_tuning", seed=9)


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_counts_figures(tmp_path, jobs):
    result = save_run(tmp_path / "run", [make_scene(seed=seed) for seed in (7, 8)])
    told = []
    draw_run(result, jobs=jobs, only=["ts_rate_map", "ts_preferred_position"],
             on_progress=lambda *now: told.append(now))  # fmt: skip
    assert told[0] == ("drawing, figure 0 of 4", 0.0) and told[-1] == (
        "drawing, figure 4 of 4",
        1.0,
    )
    assert len(told) == 1 + 4 // jobs


def test_seeds_that_are_not_finished_are_named(tmp_path):
    result = save_run(tmp_path / "run", [make_scene(seed=7)])
    result = dataclasses.replace(result, failed={8: "no"}, unfinished=(9,))
    texts = [text.get_text() for text in draw_multiseed(result).texts]
    assert any("1 of 3 seeds (failed: 8; unfinished: 9)" in text for text in texts)
    (named, copied) = draw_run(dataclasses.replace(result, failed={}), only=["ts_rate_map"])
    assert "_seed_7" in named.name and "_seed_" not in copied.name


def test_an_unknown_figure_is_refused(tmp_path):
    result = save_run(tmp_path / "run", [make_scene()])
    with pytest.raises(InputError, match="ts_rate_map"):
        draw_run(result, only=["ts_ratemap"])


def test_settings_of_the_user_neither_matter_nor_change(tmp_path):
    result = save_run(tmp_path / "run", [make_scene()])
    (path,) = draw_run(result, only=["ts_preferred_position"])
    before = path.read_bytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        settings = dict(matplotlib.rcParams)
        draw_run(result, only=["ts_preferred_position"])
        assert dict(matplotlib.rcParams) == settings
    assert path.read_bytes() == before


def test_nothing_stays_open_and_nothing_is_loaded_early(tmp_path):
    code = """
import sys
from pathlib import Path
import lateralnet, lateralnet.figures
assert "matplotlib" not in sys.modules
import lateralnet.figures.drawing
assert "matplotlib.pyplot" not in sys.modules and "brian2" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    draw_run(save_run(tmp_path / "run", [make_scene()]), only=["ts_rate_map"])
    assert not list((tmp_path / "run" / "figures").glob(".*"))


def test_a_saved_image_is_the_drawn_one():
    from io import BytesIO

    from PIL import Image

    rgb = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(BytesIO(png_bytes(rgb)))), rgb)


def test_panels_are_laid_out_in_inches():
    page = Page("Heading", "context", width_in=4.0, height_in=3.0)
    (left, right), _ = page.panels(
        2, 2, left_in=0.5, right_in=0.5, top_in=0.5, bottom_in=0.5, gap_x_in=1.0, gap_y_in=1.0,
        widths=(1, 3),
    )  # fmt: skip
    assert left.get_position().bounds == pytest.approx((0.125, 2 / 3, 0.125, 1 / 6))
    assert right.get_position().bounds == pytest.approx((0.5, 2 / 3, 0.375, 1 / 6))


def test_the_guide_explains_every_figure():
    guide = (Path(__file__).parents[2] / "lateralnet" / "figures" / "guide.md").read_text()
    assert [kind for kind in (*KINDS, "multiseed_summary_n<N>") if f"`{kind}`" not in guide] == []
