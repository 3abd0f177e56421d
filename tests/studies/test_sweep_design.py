"""Texts, designs and content addresses of sweeps."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lateralnet.errors import InputError, ParameterError
from lateralnet.parameters.params import parameter_names, spec_of
from lateralnet.studies.design import Axis, Design, design_from_dict, read_toml
from lateralnet.studies.parsing import TEST_ONLY, parse_seeds, parse_vary, resolve_name
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.tasks import points_of, task_as_dict, task_from_dict, tasks_of, unique

FACTS = {"brian2": "2.9.0"}


def test_every_parameter_is_found_by_field_and_by_flag():
    for name in parameter_names():
        if name != "seed":
            assert resolve_name(name) == name
            assert resolve_name(spec_of(name).flag) == name
            assert resolve_name(spec_of(name).flag[2:].replace("-", "_")) == name


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("mon_ts_topo=0.1,0.2,0.4", (0.1, 0.2, 0.4)),
        ("distance_cm=0.4:1.6:0.2", (0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
        ("distance_cm=0.4:1.0:0.2", (0.4, 0.6, 0.8)),
        ("distance_cm=1.0:0.4:-0.2", (1.0, 0.8, 0.6)),
        ("n-mon=100:400:100", (100, 200, 300)),
        ("n_ts=3:6", (3, 4, 5)),
        ("use_ll_mon_stdp=on,off", (True, False)),
        ("training_distance_max_cm=0.8,none", (0.8, None)),
        ("ll-rate-mode=raw,modulation", ("raw", "modulation")),
        ("test.speed_cm_s=2.5,10", (2.5, 10.0)),
    ],
)
def test_values_of_an_axis(text, values):
    assert parse_vary(text)[1] == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mon_ts_topoo=1", "Did you mean mon_ts_topo"),
        ("distance_cm=1:1:0.1", "range is empty"),
        ("distance_cm=", "range is empty"),
        ("distance_cm=1:2:0", "step is 0"),
        ("distance_cm=1:2", "needs a step"),
        ("distance_cm=1:inf:1", "finite"),
        ("distance_cm=0.4,0.4", "twice"),
        ("distance_cm=0:1:1e-9", "more than"),
        ("distance_cm", "name=a,b,c"),
        ("mon_ts_topo=0.1,1.5", "must be 0 to 1"),
        ("n_mon=1.5", "whole number"),
        ("seed=1,2", "--seeds"),
        ("test.n_mon=3", "part of the network"),
    ],
)
def test_wrong_axes_say_what_is_wrong(text, words):
    with pytest.raises(InputError, match=words):
        parse_vary(text)


def test_seeds():
    assert parse_seeds("123:133") == tuple(range(123, 133))
    assert parse_seeds("5,7") == (5, 7)
    assert parse_seeds([1, 2]) == (1, 2)
    for wrong in ("5:5", "", "1,1", "-3,4", "1.5"):
        with pytest.raises(InputError):
            parse_seeds(wrong)


def test_what_only_the_test_reads_may_change_when_a_run_is_resumed():
    from lateralnet.parameters.fingerprint import free
    from lateralnet.parameters.params import NetworkParams

    assert free(NetworkParams()) >= TEST_ONLY


def two_axes(**rest):
    axes = (
        Axis("mon_to_ts_topography_strength", (0.1, 0.2, 0.4)),
        Axis("distance_cm", (0.6, 0.8, 1.0)),
    )
    return Design(mode="ll_fast", axes=axes, **rest)


def test_crossed_axes_share_trainings_where_only_the_test_differs():
    points = list(points_of(two_axes(seeds=(1, 2)), FACTS))
    assert len(points) == len({p.id for p in points}) == 18
    tasks = tasks_of(points)
    assert [len(task.points) for task in tasks] == [3] * 6
    for task in tasks:
        assert len({p.training_id for p in task.points}) == 1
        assert len({p.params for p in task.points}) == 1
        assert [p.test_params.distance_cm for p in task.points] == [0.6, 0.8, 1.0]


def test_zipped_axes_go_together():
    points = list(points_of(two_axes(zipped=True), FACTS))
    pairs = [tuple(p.varied.values()) for p in points]
    assert pairs == [(0.1, 0.6), (0.2, 0.8), (0.4, 1.0)]
    with pytest.raises(InputError, match="equal length"):
        Design(axes=(Axis("distance_cm", (1.0,)), Axis("n_mon", (2, 3))), zipped=True)


def test_an_address_is_the_content():
    def ids(design, facts=FACTS):
        return {p.id for p in points_of(design, facts)}

    base = Design(mode="ll_fast", axes=(Axis("distance_cm", (0.6, 0.8)),))
    # The same points under other names: the default written out, another order of values.
    same = Design(mode="ll_fast", fixed={"n_mon": 800}, axes=(Axis("distance_cm", (0.8, 0.6)),))
    assert ids(base) == ids(same)
    wider = Design(mode="ll_fast", axes=(Axis("distance_cm", (0.6, 0.8, 1.0)),), seeds=(123, 124))
    assert ids(base) < ids(wider)
    assert not ids(base) & ids(base, {"brian2": "2.10.1"})
    assert not ids(base) & ids(Design(mode="ll_fast", axes=base.axes, plastic=False))
    assert not ids(base) & ids(Design(mode="ll_fast", axes=base.axes, controls=("shuffled",)))
    training = {p.training_id for p in points_of(base, FACTS)}
    assert training == {p.training_id for p in points_of(wider, FACTS) if p.seed == 123}


def test_a_change_of_the_test_alone_keeps_the_training_speed():
    design = Design(mode="ll_fast", axes=(Axis("test.speed_cm_s", (2.5, 10.0)),))
    points = list(points_of(design, FACTS))
    assert {p.params.speed_cm_s for p in points} == {5.0}
    assert [p.test_params.speed_cm_s for p in points] == [2.5, 10.0]
    assert len(tasks_of(points)) == 1
    retrained = Design(mode="ll_fast", axes=(Axis("speed_cm_s", (2.5, 10.0)),))
    assert len(tasks_of(points_of(retrained, FACTS))) == 2


def test_designs_and_tasks_travel_as_plain_values():
    import json

    design = two_axes(seeds=(1, 2), fixed={"n_mon": 40}, controls=("shuffled",))
    assert design_from_dict(json.loads(json.dumps(design.as_dict()))) == design
    task = tasks_of(points_of(design, FACTS))[0]
    sent = json.loads(json.dumps(task_as_dict(task, "folder", {}, FACTS)))
    back = task_from_dict(sent)
    assert [p.id for p in back.points] == [p.id for p in task.points]
    assert [p.test_params for p in back.points] == [p.test_params for p in task.points]
    assert task.without([p.id for p in task.points]) is None


def test_combinations_that_cannot_be_are_refused_before_anything_runs():
    design = Design(mode="ll_fast", axes=(Axis("eval_x_min_cm", (1.0, 2.0)),))
    with pytest.raises(ParameterError, match="go together"):
        list(points_of(design, FACTS))
    with pytest.raises(InputError, match="both fixed and varied"):
        Design(fixed={"distance_cm": 1.0}, axes=(Axis("distance_cm", (1.0,)),))
    with pytest.raises(InputError, match="split it"):
        Design(axes=(Axis("distance_cm", tuple(range(1, 101))),), seeds=tuple(range(200_000)))


def test_unique_keeps_the_first_of_each():
    points = list(points_of(two_axes(), FACTS))
    assert unique([*points, *points]) == points


def test_toml(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'mode = "ll_fast"\nseeds = "1:3"\nzip = true\ncontrols = ["shuffled"]\n'
        "[set]\nn-mon = 40\n[vary]\nmon_ts_topo = [0.1, 0.2]\n"
        'distance_cm = "0.4:0.8:0.2"\n"test.speed_cm_s" = "2.5,5"\n'
    )
    design = Design(**read_toml(path))
    assert design.n_points == 4
    assert design.fixed == {"n_mon": 40}
    assert [axis.name for axis in design.axes] == [
        "mon_to_ts_topography_strength", "distance_cm", "test.speed_cm_s",
    ]  # fmt: skip
    path.write_text("[vary]\ntest.speed_cm_s = [2.5, 5]\n")
    assert Design(**read_toml(path)).axes[0].name == "test.speed_cm_s"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mode = ", "not a TOML file"),
        ("seed = 1", "unknown key 'seed'. Did you mean seeds"),
        ("[vary]\nmon_tss_topo = [1]", "Did you mean mon_ts_topo"),
        ("[vary]\ndistance_cm = []", "empty"),
        ("vary = 3", "tables"),
    ],
)
def test_wrong_toml_names_the_file(tmp_path, text, words):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_toml(path)
    assert "study.toml" in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")


def test_a_sweep_without_a_name_is_named_by_what_varies():
    one = Design(axes=(Axis("distance_cm", (0.8, 1.0)),))
    more_seeds = Design(axes=(Axis("distance_cm", (0.8, 1.0)),), seeds=(1, 2, 3))
    other = Design(axes=(Axis("distance_cm", (0.8, 1.2)),))
    assert one.short_hash == more_seeds.short_hash != other.short_hash


def test_sweeps_that_start_at_once_on_one_folder_lose_no_design(tmp_path):
    designs = [Design(axes=(Axis("distance_cm", (0.8 + k / 10,)),)) for k in range(12)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda d: SweepStore(tmp_path / "s").prepare(d, {"a": 1}, {}), designs))
    stored = SweepStore(tmp_path / "s").designs()
    assert len(stored) == 12 and all(design in stored for design in designs)
    assert not (tmp_path / "s/.lock").exists()
