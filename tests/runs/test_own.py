"""One's own measures, controls, figures, stimulus, model and device: given once, found again."""

import json
import re
import shutil
import sys
import types
from importlib import metadata
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner

import lateralnet
from backends import registry
from backends.cpp.device import CppBackend
from lateralnet.cli.program import cli
from lateralnet.errors import InputError, OwnPartsWarning, SimulationError
from lateralnet.figures import draw_run
from lateralnet.pages.run_report import run_page
from lateralnet.runs import own
from tests.tiny import tiny

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
BOTH = """
import numpy as np
from lateralnet.network import CellModel, OwnModel

class Pulse:
    receptors_cm = np.linspace(0, 4, 20)
    test_s = 0.5
    def position_cm(self, t_s, phase):
        return 4 * (t_s % 1.0)
    def rates_hz(self, t_s, phase):
        return 25 + 150 * np.exp(-(self.position_cm(t_s, phase)[:, None] - self.receptors_cm) ** 2)

stimulus = Pulse()
model = OwnModel(CellModel(equations="theta : volt", state={"theta": 0.002},
                           threshold="v > v_th + theta"))
"""


def example():
    """Return the file that the page of the site shows."""
    blocks = re.findall(r"```python\n(# mine\.py\n.*?)```", PAGE.read_text(), re.S)
    (text,) = blocks
    return text


def run(place, name, given, **changed):
    options = {key: changed.pop(key) for key in ("n_seeds", "resume_from") if key in changed}
    return lateralnet.run(
        tiny(**changed), "cpp", run_name=name, runs_dir=place, own=given, **options
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("own")
    (place / "mine.py").write_text(example())
    return place


@pytest.fixture(scope="module")
def two_seeds(place):
    """Two seeds, each in a process of its own."""
    return run(place, "two", place / "mine.py", n_seeds=2)


def test_the_documented_file_measures_every_condition_and_tests_its_control(two_seeds):
    for seed in two_seeds.seeds:
        assert list(seed.measures) == ["untrained", "trained", "reversed"]
        for name, found in seed.measures.items():
            rates_hz = two_seeds[name, seed.seed].rates_hz["ts"]
            assert found["active_share"] == (rates_hz > 1.0).mean()
        trained, reverse = (seed.record.tests[name] for name in ("trained", "reversed"))
        assert reverse.rate_hz("ll") == trained.rate_hz("ll")
        assert reverse.rate_hz("ts") != trained.rate_hz("ts")


def test_tables_figures_and_report_show_it_with_its_names(two_seeds):
    assert "active_share" in two_seeds._repr_html_()
    drawn = draw_run(two_seeds, only=["own_ts_rates", "ts_rate_map"], formats=["png", "svg"])
    names = [
        f"own_ts_rates_seed_{s.seed}.{kind}" for s in two_seeds.seeds for kind in ("png", "svg")
    ]
    assert [path.name for path in drawn if path.name.startswith("own_")] == names
    page = run_page(two_seeds.folder)
    assert "Active share" in page
    assert page.count("Mean rate of every TS cell, before and after training.</figcaption>") == 2
    assert plt.get_fignums() == []


def test_evaluate_and_params_find_the_file_again(place, two_seeds):
    tested = lateralnet.evaluate(two_seeds.folder, "cpp", distance_cm=1.0)
    assert all(0 <= one.measures["active_share"] <= 1 for one in tested)
    with CliRunner().isolated_filesystem(place):
        arguments = ["run", "--params", str(two_seeds.folder / "params.json"), "--run-name", "x"]
        done = CliRunner().invoke(cli, [*arguments, "--multi-seed", "1", "--json"])
        assert done.exit_code == 0, done.output
        again = lateralnet.load("Runs/x")
    assert again.seeds[0].measures == two_seeds.seeds[0].measures
    assert (again.folder.name, again.own) == ("x", two_seeds.own)


def test_a_run_goes_on_with_the_file_that_it_had(place, two_seeds):
    begun = run(place, "begun", place / "mine.py", n_training_trials=2)
    done = run(place, None, None, resume_from=begun.folder)
    assert lateralnet.load(done.folder).seeds[0].measures == two_seeds.seeds[0].measures


def test_a_changed_or_missing_file_does_not_run_and_is_told(place, tmp_path):
    file = tmp_path / "mine.py"
    shutil.copy(place / "mine.py", file)
    had = run(tmp_path, "had", file)
    file.write_text(example().replace("> 1.0", "> 2.0") + f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.warns(OwnPartsWarning, match=r"active_share, reversed, ts_rates.*has changed"):
        (tested,) = lateralnet.evaluate(had, "cpp")
    assert "active_share" not in tested.measures
    assert not (tmp_path / "ran").exists()
    (given,) = lateralnet.evaluate(had, "cpp", own=file)
    assert given.measures["active_share"] <= had.seeds[0].measures["trained"]["active_share"]
    with pytest.raises(InputError, match="this run has another one for own"):
        run(tmp_path, None, file, resume_from=had.folder, n_training_trials=6)
    file.unlink()
    with pytest.warns(OwnPartsWarning, match="is not there; give the file with --own"):
        drawn = draw_run(had, only=["ts_rate_map"])
    assert len(drawn) == 1


def test_parts_of_a_notebook_need_no_file(tmp_path):
    @own.measure("n_sweeps", title="sweeps", unit="1")
    def n_sweeps(condition, params):
        return len(condition.test.spikes)

    done = run(tmp_path, "x", [n_sweeps])
    assert done.seeds[0].measures["trained"]["n_sweeps"] == done.params.test_sweeps
    with pytest.warns(OwnPartsWarning, match="was given as objects"):
        assert "n_sweeps" not in lateralnet.evaluate(done, "cpp")[0].measures
    with pytest.raises(InputError, match=r"own: it cannot be handed|own: several seeds"):
        run(tmp_path, "y", [n_sweeps], n_seeds=2)
    assert not (tmp_path / "y").exists()


def test_stimulus_and_model_of_a_file_are_used_and_repeated(tmp_path):
    file = tmp_path / "both.py"
    file.write_text(BOTH)
    first = run(tmp_path, "first", file)
    told = json.loads((first.folder / "params.json").read_text())
    assert told["stimulus"]["class"] == "Pulse" and told["model"]["cell"]["state"]
    assert first.seeds[0].record.tests["trained"].duration_s == pytest.approx(0.5)
    with CliRunner().isolated_filesystem(tmp_path):
        arguments = ["run", "--params", str(first.folder / "params.json"), "--run-name", "again"]
        done = CliRunner().invoke(cli, [*arguments, "--no-figures"])
        assert done.exit_code == 0, done.output
        again = lateralnet.load("Runs/again")
    assert again.seeds[0].measures == lateralnet.load(first.folder).seeds[0].measures
    with pytest.raises(InputError, match=r"stimulus: .*both\.py has one already"):
        lateralnet.run(tiny(), "cpp", own=file, stimulus=object(), runs_dir=tmp_path)
    file.unlink()
    with pytest.warns(OwnPartsWarning):
        refused = CliRunner().invoke(cli, [*arguments, "--no-figures"])
    assert "had a stimulus of its own" in str(refused.exception)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x = 1", "defines no measure, control or figure"),
        ("import no_such_module", r"ModuleNotFoundError: .*mine\.py, line 1"),
        ("x = (", "SyntaxError"),
        ("from lateralnet.runs import own\nown.measure('rms_error_cm', title='x')", "not that of"),
        ("from lateralnet.runs import own\nown.measure('spearman_p', title='x')", "not that of"),
        ("from lateralnet.runs import own\nown.measure('Hz', title='x')", "small letters"),
        ("from lateralnet.runs import own\nown.control('shuffled')", "none of untrained"),
        ("from lateralnet.runs import own\nown.figure('a b', caption='')", "small letters"),
        (
            "from lateralnet.runs import own\na = own.measure('m', title='')(id)\n"
            "b = own.measure('m', title='')(id)",
            "'m' is there twice",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path, text, match):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(InputError, match=match):
        run(tmp_path / "runs", "x", file)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("own.measure('m', title='m')(lambda c, p: 1 / 0)", r"own measure m of untrained: Zero"),
        ("own.control('c')(lambda u, t: t.mon_ts)", "it returned Synapses, not a network"),
    ],
)
def test_a_function_that_fails_does_so_before_training_and_may_be_repaired(tmp_path, text, match):
    file = tmp_path / "mine.py"
    file.write_text(f"from lateralnet.runs import own\nx = {text}\n")
    with pytest.raises(SimulationError, match=match):
        run(tmp_path, "x", file)
    left = tmp_path / "x"
    assert not list(left.rglob("*checkpoint*"))
    file.write_text(file.read_text().replace("1 / 0", "1").replace("t.mon_ts)", "t)"))
    done = run(tmp_path, "x", file)
    assert done.seeds[0].measures["trained"].get("m", 1) == 1


def test_a_figure_that_fails_says_that_the_results_are_safe(tmp_path):
    @own.figure("broken", caption="")
    def broken(run, seed):
        return run.no_such_thing

    done = run(tmp_path, "x", [broken])
    with pytest.raises(InputError, match=r"own figure broken \(the results are safe\): Attribute"):
        draw_run(done, only=["own_broken"], own=[broken])


class OwnDevice(CppBackend):
    """The device of another package, which the documentation registers."""

    name = "abacus"


def test_a_registered_device_runs_and_is_named_in_the_results(tmp_path, monkeypatch):
    module = types.ModuleType("abacus_device")
    module.AbacusBackend = OwnDevice
    monkeypatch.setitem(sys.modules, module.__name__, module)
    page = PAGE.with_name("devices.md").read_text()
    (group, name, value) = re.search(r'entry-points\."([\w.]+)"\]\s+(\w+) = "(.+)"', page).groups()
    entry = metadata.EntryPoint(name, value, group)
    monkeypatch.setattr(
        registry.metadata, "entry_points", lambda group: (entry,) if group == entry.group else ()
    )
    ours, theirs = (
        lateralnet.run(tiny(), device, run_name=device, runs_dir=tmp_path)
        for device in ("cpp", "abacus")
    )
    assert theirs.seeds[0].facts["device"] == "abacus"
    np.testing.assert_equal(theirs.seeds[0].measures, ours.seeds[0].measures)
