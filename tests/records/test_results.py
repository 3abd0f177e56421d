"""A run read back from its folder: what is finished, what failed, and what does not belong."""

import dataclasses

import pytest

from lateralnet.errors import InputError
from lateralnet.parameters.fingerprint import fingerprint
from lateralnet.records.folders import RunFolder
from lateralnet.records.results import is_result_of, load, read_seed
from lateralnet.records.storage import write_json
from tests.figures.figure_records import make_record
from tests.tiny import tiny

SMALL = {"n_training_trials": 0, "test_sweeps": 1}


def write_run(path, *, done=(123,), n_seeds=1, failed=None, params=None, **stored):
    """Write a run with results of some seeds, as far as reading needs it."""
    params = params or tiny(**SMALL)
    place = RunFolder(path)
    place.artifacts.mkdir(parents=True)
    write_json(place.params, {
        "network_params": params.as_dict(), "mode": "ll_map", "seed_start": params.seed,
        "multi_seed": n_seeds, **stored,
    })  # fmt: skip
    for seed in done:
        write_seed(place, dataclasses.replace(params, seed=seed))
    if failed:
        write_json(place.summary, {"failed": failed})
    return place


def write_seed(place, params):
    seed = params.seed
    make_record(params, {"untrained": "random", "trained": "perfect"}).save(place.record(seed))
    make_record(params, {"trained": "perfect"}).save(place.weights(seed))
    write_json(place.weights_params(seed), {
        "fingerprint": fingerprint(params, "float64"), "network_params": params.as_dict(),
    })  # fmt: skip
    write_json(place.results(seed), {
        "seed": seed, "maps": {"trained": {"rms_error_cm": 0.1 * seed}, "untrained": {}},
        "facts": {"device": "cpp"}, "network_params": params.as_dict(),
    })  # fmt: skip


def test_a_whole_run(tmp_path):
    write_run(tmp_path / "r")
    found = load(tmp_path / "r")
    assert (found.folder, found.mode, found.params) == (tmp_path / "r", "ll_map", tiny(**SMALL))
    assert (found.failed, found.unfinished, found.completeness) == ({}, (), "")
    (seed,) = found.seeds
    assert seed.seed == 123 and seed.facts == {"device": "cpp"}
    assert seed.measures["trained"]["rms_error_cm"] == pytest.approx(12.3)
    assert seed.record.seed == 123 and set(seed.record.tests) == {"untrained", "trained"}


def test_seeds_that_failed_or_were_not_finished_are_named(tmp_path):
    failed = {"124": "the disk is full", "125": "an old failure"}
    write_run(tmp_path / "r", done=(123, 125), n_seeds=4, failed=failed)
    found = load(str(tmp_path / "r"))
    assert [seed.seed for seed in found.seeds] == [123, 125]
    assert [seed.params.seed for seed in found.seeds] == [123, 125]
    assert found.failed == {124: "the disk is full"}  # 125 was repeated since
    assert found.unfinished == (126,)
    assert found.completeness == "2 of 4 seeds (failed: 124; unfinished: 126)"


def test_a_seed_beyond_the_asked_ones_is_shown_too(tmp_path):
    write_run(tmp_path / "r", done=(123, 130), n_seeds=2)
    found = load(tmp_path / "r")
    assert [seed.seed for seed in found.seeds] == [123, 130] and found.unfinished == (124,)


def test_results_of_other_parameters_do_not_count(tmp_path):
    place = write_run(tmp_path / "r", n_seeds=2)
    other = tiny(**{**SMALL, "seed": 124, "test_sweeps": 2})
    write_seed(place, other)
    found = load(tmp_path / "r")
    assert [seed.seed for seed in found.seeds] == [123] and found.unfinished == (124,)
    write_seed(place, dataclasses.replace(other, seed=123))
    with pytest.raises(InputError, match="no results yet: they are of a run with test_sweeps 2"):
        load(tmp_path / "r")


def test_weights_of_other_parameters_are_refused(tmp_path):
    place = write_run(tmp_path / "r")
    changed = tiny(**SMALL, mon_ts_apre=0.5)
    write_json(place.params, {"network_params": changed.as_dict(), "seed_start": 123})
    with pytest.raises(InputError, match=r"does not describe the weights .*mon_ts_apre .* -> 0\.5"):
        load(tmp_path / "r")
    write_json(place.params, {"network_params": tiny(**SMALL).as_dict(), "precision": "float32"})
    with pytest.raises(InputError, match=r"precision \(now float32\)"):
        load(tmp_path / "r")


def test_what_is_no_run_is_refused_with_a_hint(tmp_path):
    with pytest.raises(InputError, match=r"has no params\.json\.$"):
        load(tmp_path / "nothing")
    write_run(tmp_path / "r", done=())
    with pytest.raises(InputError, match=r"no results yet; finish it with --resume-from"):
        load(tmp_path / "r")
    (tmp_path / "r").rename(tmp_path / "x.old")
    with pytest.raises(InputError, match=r"There is .*x\.old, of an interrupted --overwrite"):
        load(tmp_path / "x")
    (tmp_path / "x").mkdir()
    with pytest.raises(InputError, match=r"has no params\.json\.$"):
        load(tmp_path / "x")


def test_whole_results_are_those_of_the_same_parameters_and_controls(tmp_path):
    place, params = write_run(tmp_path / "r"), tiny(**SMALL)
    assert is_result_of(place, params, "float64", ())
    assert is_result_of(place, params, "float64", ("untrained",))
    assert not is_result_of(place, params, "float64", ("untrained", "shuffled"))
    assert not is_result_of(place, tiny(**SMALL, distance_cm=1.1), "float64", ())
    assert not is_result_of(place, dataclasses.replace(params, seed=124), "float64", ())
    for path in (place.record(123), place.weights(123), place.results(123)):
        content = path.read_bytes()
        path.unlink()
        assert not is_result_of(place, params, "float64", ())
        path.write_bytes(content)
    write_json(place.results(123), {"seed": 123, "maps": {"trained": {}, "untrained": {}}})
    assert not is_result_of(place, params, "float64", ())  # of an older version


MAPS = {"untrained": {}, "trained": {}}


def test_old_files_without_a_fingerprint_are_read(tmp_path):
    place = write_run(tmp_path / "r")
    place.weights_params(123).unlink()
    write_json(place.results(123), {"seed": 123, "maps": MAPS, "facts": {}})
    assert load(tmp_path / "r").seeds[0].measures == MAPS
    assert read_seed(place, tiny(**SMALL)).facts == {}


def test_a_seed_is_found_by_its_number(tmp_path):
    write_run(tmp_path / "r")
    result = dataclasses.replace(load(tmp_path / "r"), unfinished=(124,))
    assert result.of_seed().seed == result.of_seed(123).seed == 123
    with pytest.raises(
        InputError, match=r"no seed 124; it has 123; 1 of 2 seeds \(unfinished: 124"
    ):
        result.of_seed(124)
