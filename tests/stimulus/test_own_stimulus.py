"""A stimulus of one's own: it drives training and tests, exactly, and nonsense is refused."""

from types import SimpleNamespace

import numpy as np
import pytest

import lateralnet
from lateralnet.errors import InputError
from lateralnet.pages.film import film_of
from lateralnet.pages.watch import watch_part
from lateralnet.stimulus import Recording, Stimulus
from lateralnet.stimulus.drives import TrainingStimulus
from lateralnet.stimulus.own import checked_stimulus, own_piece, own_test
from lateralnet.stimulus.sweeps import test_drive
from tests.tiny import tiny


class Sphere:
    """The built-in sphere, as somebody else would write it."""

    def __init__(self, params):
        self.params = params
        self.receptors_cm = np.linspace(0, params.ll_body_length_cm, params.n_ll)
        self.test_s = test_drive(params).t_s.size * params.dt_s

    def _at(self, t_s, phase):
        step = np.rint(t_s / self.params.dt_s).astype(int)
        if phase == "training":
            piece = TrainingStimulus(self.params).piece(step[0], step[-1] + 1)
            return piece.x_cm, piece.rows_hz[piece.row_of_step]
        sweep = test_drive(self.params, int(phase.removeprefix("test/")))
        return sweep.x_cm[step], sweep.rates_hz[step]

    def position_cm(self, t_s, phase):
        return self._at(t_s, phase)[0]

    def rates_hz(self, t_s, phase):
        return self._at(t_s, phase)[1]


class Warm:
    """Something warm that sways before a row of pits."""

    test_s = 0.5

    def __init__(self, n=20):
        self.receptors_cm = np.linspace(0, 4, n)

    def position_cm(self, t_s, phase):
        return 2 - 1.9 * np.cos(2 * np.pi * t_s)

    def rates_hz(self, t_s, phase):
        apart = self.position_cm(t_s, phase)[:, None] - self.receptors_cm
        return 10 + 150 * np.exp(-(apart**2) / 0.1)


@pytest.fixture(scope="module")
def warm_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warm")
    return lateralnet.run(tiny(seed=3), "cpp", stimulus=Warm(), run_name="w", runs_dir=folder)


def test_the_sphere_written_anew_gives_the_run_of_the_sphere(tmp_path):
    p = tiny(seed=3, test_sweeps=2)
    built_in = lateralnet.run(p, "cpp", run_name="a", runs_dir=tmp_path).seeds[0]
    own = lateralnet.run(
        p, "cpp", stimulus=Sphere(p), run_name="b", runs_dir=tmp_path, controls=("published",)
    ).seeds[0]
    for name, array in built_in.record.weights.items():
        np.testing.assert_array_equal(own.record.weights[name], array)
    ours, theirs = own.record.tests["trained"], built_in.record.tests["trained"]
    for sweep in range(2):
        for layer in ("ll", "mon", "ts"):
            np.testing.assert_array_equal(ours.spikes[sweep][layer].step,
                                          theirs.spikes[sweep][layer].step)  # fmt: skip
    np.testing.assert_array_equal(ours.x_cm, theirs.x_cm)
    a, b = own.measures["trained"], built_in.measures["trained"]
    assert a["rms_error_cm"] == b["rms_error_cm"] and np.isfinite(b["ideal_observer_cm"])
    assert np.isnan(a["ideal_observer_cm"])  # the bound is the sphere's


def test_a_resumed_training_goes_on_exactly(tmp_path, warm_run):
    p = tiny(seed=3)
    short = lateralnet.run(
        tiny(seed=3, n_training_trials=3), "cpp", stimulus=Warm(), run_name="s", runs_dir=tmp_path
    )
    with pytest.raises(InputError, match="another one for stimulus"):
        lateralnet.run(p, "cpp", resume_from=short.folder)
    done = lateralnet.run(p, "cpp", stimulus=Warm(), resume_from=short.folder)
    np.testing.assert_array_equal(
        done.seeds[0].record.weights["mon_ts_w"], warm_run.seeds[0].record.weights["mon_ts_w"]
    )


def test_it_is_tested_decoded_and_drawn(warm_run):
    test = warm_run.seeds[0].record.tests["trained"]
    assert test.duration_s == pytest.approx(0.5)
    np.testing.assert_allclose(test.x_cm[0], Warm().position_cm(test.t_s, "test/0"))
    assert np.isfinite(warm_run.seeds[0].measures["trained"]["rms_error_cm"])
    ll = test.spikes[0]["ll"]
    near = np.abs(Warm().receptors_cm[ll.cell] - test.x_cm[0, ll.step]) < 0.5
    assert near.mean() > 0.6  # the receptors in front of it fire
    lateralnet.draw(warm_run)
    film = film_of(warm_run)
    assert film.radius_cm == 0 and "null" in watch_part(film)


def test_weights_can_be_tested_with_it_again(warm_run):
    (again,) = lateralnet.evaluate(warm_run, "cpp", stimulus=Warm())
    assert again.measures["ts_rate_hz"] == warm_run.seeds[0].measures["trained"]["ts_rate_hz"]


def test_devices_agree(tmp_path, warm_run):
    other = lateralnet.run(
        tiny(seed=3), "runtime", stimulus=Warm(), run_name="r", runs_dir=tmp_path
    )
    np.testing.assert_array_equal(
        other.seeds[0].record.tests["trained"].spikes[0]["ts"].step,
        warm_run.seeds[0].record.tests["trained"].spikes[0]["ts"].step,
    )


def wrong(**changed):
    good = Warm()
    members = {name: getattr(good, name) for name in
               ("receptors_cm", "test_s", "position_cm", "rates_hz")}  # fmt: skip
    return SimpleNamespace(**{**members, **changed})


@pytest.mark.parametrize(
    ("stimulus", "match"),
    [
        (SimpleNamespace(test_s=1.0), "lacks receptors_cm, position_cm, rates_hz"),
        (Warm(30), "give n_ll=30"),
        (wrong(receptors_cm=np.linspace(0, 9, 20)), "within the body of 0 to 4 cm"),
        (wrong(receptors_cm=np.linspace(4, 0, 20)), "must rise"),
        (wrong(test_s=0.001), "20 steps"),
        (wrong(rates_hz=lambda t, phase: -np.ones((t.size, 20))), "must be 0 to 1000 Hz"),
        (wrong(rates_hz=lambda t, phase: np.full((t.size, 20), np.nan)), "NaN"),
        (wrong(rates_hz=lambda t, phase: np.ones((t.size, 3))), "has shape"),
        (wrong(position_cm=lambda t, phase: t + 10), "never lies beside the body"),
    ],
)
def test_what_cannot_drive_the_network_is_refused_and_nothing_is_written(tmp_path, stimulus, match):
    with pytest.raises(InputError, match=match):
        lateralnet.run(tiny(), "cpp", stimulus=stimulus, run_name="x", runs_dir=tmp_path)
    assert not any(tmp_path.iterdir())


def test_several_seeds_need_a_stimulus_that_children_can_import(tmp_path):
    with pytest.raises(InputError, match="handed to another process"):
        local = wrong(rates_hz=lambda t, phase: np.ones((t.size, 20)))
        lateralnet.run(tiny(), "cpp", stimulus=local, n_seeds=2, run_name="x", runs_dir=tmp_path)


def test_a_recording_is_played_again_and_again():
    rows, x = np.arange(60.0).reshape(3, 20), np.array([0.0, 1.0, 2.0])
    recording = Recording(rows, x, 0.05, np.linspace(0, 4, 20))
    assert isinstance(recording, Stimulus)
    p = tiny()
    piece = own_piece(checked_stimulus(recording, p), p, 0, 300)
    np.testing.assert_array_equal(piece.x_cm, np.tile(np.repeat(x, 50), 2))
    np.testing.assert_array_equal(piece.rows_hz[[0, 49, 50, 149, 150]], rows[[0, 0, 1, 2, 0]])
    assert own_test(recording, p, 0).t_s.size == 150
    with pytest.raises(InputError, match=r"shapes \(3, 20\) and \(2,\)"):
        Recording(rows, x[:2], 0.05, np.linspace(0, 4, 20))
    with pytest.raises(InputError, match="or neither"):
        Recording(rows, x, 0.05, np.linspace(0, 4, 20), test_rows_hz=rows)
