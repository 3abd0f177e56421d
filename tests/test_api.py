"""The public names, and what a user of the library meets."""

import shutil

import numpy as np
import pytest

import lateralnet
from lateralnet.errors import InputError, LateralnetError, ParameterError
from tests.tiny import tiny

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler (g++)")

PUBLIC = {
    "lateralnet": {
        "preset", "run", "evaluate", "load", "sweep", "draw", "export", "compare",
        "NetworkParams", "DeviceOptions", "errors",
    },
    "lateralnet.stimulus": {"velocity", "training_drive", "sweep_drive", "held_drive"},
    "lateralnet.network": {"mon_to_ts", "ll_to_mon"},
    "lateralnet.measures": {"population_vector", "tuning_width_cm", "body_fixed_map",
                            "bayes_decoding", "place_order", "rate_map"},
}  # fmt: skip


@pytest.mark.parametrize("room", PUBLIC)
def test_the_public_names_are_there(room):
    import importlib

    module = importlib.import_module(room)
    assert set(module.__all__) >= PUBLIC[room]
    for name in module.__all__:
        assert getattr(module, name) is not None, name


def test_dir_shows_the_public_names_and_nothing_else():
    assert set(dir(lateralnet)) == PUBLIC["lateralnet"] | {"__version__"}


def test_the_tree_of_errors_is_the_one_drawn():
    from lateralnet import errors

    drawn = [line.split()[0] for line in errors.__doc__.replace("│", " ").replace("├──", "")
             .replace("└──", "").splitlines() if "exit" in line]  # fmt: skip
    real = [name for name, kind in vars(errors).items()
            if isinstance(kind, type) and issubclass(kind, LateralnetError)]  # fmt: skip
    assert sorted(drawn) == sorted(real)


def test_parameters_carry_their_preset_and_are_equal_without_it():
    params = lateralnet.preset("ll_learn", n_mon=60)
    assert params.preset == "ll_learn"
    assert lateralnet.NetworkParams().preset == "custom"
    assert lateralnet.NetworkParams(**params.as_dict()) == params
    assert "preset" not in params.as_dict()
    import dataclasses

    from lateralnet.parameters.fingerprint import fingerprint

    changed = dataclasses.replace(params, seed=5)
    assert changed.preset == "ll_learn"
    custom = dataclasses.replace(params, preset="custom")
    assert fingerprint(custom, "float64") == fingerprint(params, "float64")


def test_the_repr_of_parameters_is_short_and_is_the_call_that_makes_them():
    from lateralnet import NetworkParams, preset

    params = preset("ll_fast", n_mon=400)
    assert repr(params) == "preset('ll_fast', n_mon=400)"
    for one in (params, preset("ll_map"), NetworkParams(n_ts=7), tiny()):
        assert eval(one.as_call(), {"preset": preset, "NetworkParams": NetworkParams}) == one
        assert len(repr(one)) < 300
    assert "n_mon" in params._repr_html_() and "number of MON cells" in params._repr_html_()


def test_a_preset_takes_fields_and_flags():
    one = lateralnet.preset("ll_thesis", ll_mon_topo=0.3, n_mon=60)
    assert one.ll_to_mon_topography_strength == 0.3 and one.n_mon == 60
    with pytest.raises(ParameterError, match=r"ll_mon_tpo.*ll_mon_topo"):
        lateralnet.preset("ll_thesis", ll_mon_tpo=0.3)


def test_wrong_keywords_are_one_sentence():
    with pytest.raises(InputError, match=r"run\(\) has no argument 'seeds'.*n_seeds"):
        lateralnet.run(tiny(), seeds=3)
    with pytest.raises(InputError, match=r"sweep\(\) has no argument 'retry'.*retries"):
        lateralnet.sweep(None, None, retry=3)
    with pytest.raises(InputError, match=r"evaluate\(\).*'distance_cn'.*distance_cm"):
        lateralnet.evaluate("nowhere", distance_cn=3)
    with pytest.raises(InputError, match=r"evaluate\(\).*'stimulus_sed'.*stimulus_seed"):
        lateralnet.evaluate("nowhere", stimulus_sed=3)
    with pytest.raises(InputError, match=r"Design\(\) has no argument 'sedes'.*seeds"):
        lateralnet.studies.Design(sedes=(1, 2))


def test_evaluate_has_a_typed_keyword_for_each_parameter_that_a_test_can_change():
    from typing import get_type_hints

    from lateralnet.parameters.params import parameter_names, spec_of
    from lateralnet.parameters.spec import TRAINING
    from lateralnet.parameters.table import ChangesOfTest, ParameterTable

    kinds = get_type_hints(ParameterTable)
    free = {name: kinds[name] for name in parameter_names() if spec_of(name).read_by != TRAINING}
    assert get_type_hints(ChangesOfTest) == free


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    params = lateralnet.preset("ll_learn", **{
        name: value for name, value in tiny().as_dict().items() if name != "test_sweeps"
    }, test_sweeps=2)  # fmt: skip
    return lateralnet.run(params, "cpp", runs_dir=tmp_path_factory.mktemp("R"), run_name="x")


@needs_compiler
def test_a_preset_runs_with_its_controls_and_is_stored_as_what_it_is(finished):
    assert finished.mode == "ll_learn"
    assert finished.conditions == ("untrained", "trained", "rate-matched", "shuffled", "published")
    loaded = lateralnet.load(finished.folder)
    assert loaded.params.preset == "ll_learn" and loaded.conditions == finished.conditions


@needs_compiler
def test_a_result_gives_spikes_rates_and_decoded_positions(finished):
    trained = lateralnet.load(finished.folder)["trained"]
    assert trained.spikes("ts").n_cells == 12
    total = sum(len(trained.spikes("ts", sweep)) for sweep in (0, 1))
    assert total > 0
    rates_hz = trained.rates_hz["ts"]
    assert rates_hz.shape == (12,)
    assert rates_hz.mean() == pytest.approx(trained.measures["ts_rate_hz"])
    assert trained.decoded.theta_hat.shape == trained.test.x_cm[0].shape
    assert np.isfinite(trained.decoded.theta_hat).any()
    assert finished["untrained", 123].name == "untrained"
    for key, words in (("traned", "trained"), (("trained", 9), "seed 9")):
        with pytest.raises(InputError, match=words):
            finished[key]
    with pytest.raises(InputError, match="ll, mon, ts"):
        trained.spikes("tss")
    with pytest.raises(InputError, match="sweep 2"):
        trained.spikes("ts", 2)


@needs_compiler
def test_results_show_themselves_shortly_and_as_the_terminals_table(finished):
    from lateralnet.runs.outcome.summary import summary_table

    assert len(repr(finished)) < 200 and "ll_learn" in repr(finished)
    assert len(repr(finished["trained"])) < 120
    import html

    assert html.escape(summary_table(finished)) in finished._repr_html_()
