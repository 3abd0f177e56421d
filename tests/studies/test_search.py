"""A search: trials are points of a sweep, and confirmation seeds stay unseen."""

import json
from types import SimpleNamespace

import pytest

from lateralnet.errors import InputError
from lateralnet.studies import search as search_module
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.search import search
from lateralnet.studies.search_space import Range, SearchSpace, parse_range
from tests.studies.fake_work import WORK, computed

pytest.importorskip("optuna", reason="a search needs Optuna (extra search)")


def space(**changed):
    return SearchSpace(
        **{
            "mode": "ll_fast",
            "ranges": (Range("mon_ts_gain_mV", 60.0, 110.0), Range("ts_lateral_radius", 10, 40)),
            "measure": "rms_error_cm",
            "seeds": (1, 2),
            "confirmation_seeds": (101, 102, 103),
            "fixed": {"n_training_trials": 2},
            **changed,
        }
    )


def run(folder, what=None, **rest):
    return search(what or space(), folder, "runtime", work=WORK, **rest)


def test_the_best_is_the_smallest_mean_over_the_seeds_of_the_search(tmp_path):
    found = run(tmp_path / "s", trials=6, batch=3)
    assert found["trials"] == 6
    store = SweepStore(tmp_path / "s" / "trials")
    by_point = {}
    for point in store.result_ids():
        result = store.read_result(point)
        key = (result["params"]["mon_ts_gain_mV"], result["params"]["ts_lateral_radius"])
        by_point.setdefault(key, []).append(result["measures"]["trained"]["rms_error_cm"])
    assert len(by_point) == 6 and all(len(values) == 2 for values in by_point.values())
    best = min(by_point, key=lambda key: sum(by_point[key]))
    assert tuple(found["best"]["params"].values()) == best
    assert found["best"]["value"] == pytest.approx(sum(by_point[best]) / 2)
    assert isinstance(found["best"]["params"]["ts_lateral_radius"], int)
    assert 60 <= best[0] <= 110 and 10 <= best[1] <= 40


def test_a_search_goes_on_where_it_stopped(tmp_path):
    run(tmp_path / "s", trials=2)
    before = set(computed(tmp_path / "s" / "trials"))
    found = run(tmp_path / "s", trials=4)
    assert found["trials"] == 4
    after = computed(tmp_path / "s" / "trials")
    assert before < set(after) and len(after) == len(set(after)) == 8  # nothing twice


def test_a_trial_that_was_interrupted_is_computed_again(tmp_path, monkeypatch):
    real = search_module._swept

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(search_module, "_swept", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s", trials=2)
    monkeypatch.setattr(search_module, "_swept", real)
    assert run(tmp_path / "s", trials=2)["trials"] == 2


def test_confirmation_uses_its_own_seeds_alone_and_closes_the_search(tmp_path):
    found = run(tmp_path / "s", trials=3, confirm=True)
    searched = SweepStore(tmp_path / "s" / "trials")
    confirmed = SweepStore(tmp_path / "s" / "confirmation")
    assert {searched.read_result(i)["seed"] for i in searched.result_ids()} == {1, 2}
    results = [confirmed.read_result(i) for i in confirmed.result_ids()]
    assert {result["seed"] for result in results} == {101, 102, 103}
    best = found["best"]["params"]
    mine = [r["measures"]["trained"]["rms_error_cm"] for r in results
            if r["params"]["mon_ts_gain_mV"] == best["mon_ts_gain_mV"]]  # fmt: skip
    assert found["confirmation"]["best"] == pytest.approx(sum(mine) / 3)
    assert found["confirmation"]["start"] != found["confirmation"]["best"]
    with pytest.raises(InputError, match="is closed"):
        run(tmp_path / "s", trials=4)
    assert run(tmp_path / "s", trials=3)["confirmation"] == found["confirmation"]


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"confirmation_seeds": (2, 3)}, "seeds 2 are both for search and for confirmation"),
        ({"confirmation_seeds": ()}, "needs --tune, --seeds and --confirm-seeds"),
        ({"measure": "ts_rate_hz"}, "has no better side"),
        ({"fixed": {"mon_ts_gain_mV": 70.0}}, "both fixed and tuned"),
    ],
)
def test_what_confirms_nothing_is_refused(changed, match):
    with pytest.raises(InputError, match=match):
        space(**changed)


def test_another_search_in_the_folder_is_refused(tmp_path):
    run(tmp_path / "s", trials=1)
    with pytest.raises(InputError, match="another search: confirmation_seeds"):
        run(tmp_path / "s", space(confirmation_seeds=(7,)), trials=2)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("")
    with pytest.raises(InputError, match="is no search"):
        run(tmp_path / "other", trials=1)


def test_trials_without_a_value_do_not_win(tmp_path, monkeypatch):
    values = iter([float("nan"), 0.4, 0.3])
    monkeypatch.setattr(search_module, "_mean", lambda *arguments: next(values))
    monkeypatch.setattr(search_module, "_swept", lambda *arguments: SimpleNamespace())
    found = run(tmp_path / "s", trials=3)
    assert found["best"]["value"] == 0.3 and found["trials"] == 3
    assert json.loads((tmp_path / "s" / "search.json").read_text())["trials"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "mon_ts_gain_mv=5",
        "mon_ts_gain_mv=9:3",
        "mon_ts_gain_mv=0:3:log",
        "use_ts_feedback_inh=on:off",
        "mon_ts_gain_mv=1:2:3",
    ],
)
def test_wrong_ranges_are_refused(text):
    with pytest.raises(InputError):
        parse_range(text)
    assert parse_range("mon-ts-apre=1e-5:1e-2:log") == Range("mon_ts_apre", 1e-5, 1e-2, True)
