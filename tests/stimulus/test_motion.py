"""Two polarities at one place, and spheres that move or vibrate within a snapshot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lateralnet import preset
from lateralnet.measures.ideal_observer import numeric_bound
from lateralnet.stimulus import drives, sweeps
from lateralnet.stimulus.afferents import (
    BASE_RATE_HZ,
    MAX_RATE_HZ,
    afferent_positions_cm,
    lesioned,
    neuromast_positions_cm,
    noiseless_rates_hz,
)

SHORT = {"n_training_trials": 2, "trial_duration_s": 0.6}
NOISY = {"training_noise_scale_early": 1.0, "training_noise_scale_late": 1.0}


def twins(**changes):
    """The same places with one hair cell and with two."""
    single = preset("ll_learn", **{**SHORT, **changes})
    return single, preset("ll_learn", **{**SHORT, **changes}, n_ll=200, ll_polarity="opposed")


def test_both_hair_cells_of_a_pair_sit_at_the_place_of_the_single_one():
    single, opposed = twins()
    places = neuromast_positions_cm(single)
    np.testing.assert_array_equal(neuromast_positions_cm(opposed), places)
    np.testing.assert_array_equal(afferent_positions_cm(opposed)[::2], places)
    np.testing.assert_array_equal(afferent_positions_cm(opposed)[1::2], places)
    np.testing.assert_array_equal(afferent_positions_cm(single), places)


@pytest.mark.parametrize("make", [drives.training_drive, sweeps.sweep_drive])
def test_the_first_of_a_pair_is_the_single_one_and_the_second_its_mirror_noise_included(make):
    single, opposed = (make(params).rates_hz for params in twins(**NOISY))
    np.testing.assert_array_equal(opposed[:, ::2], single)
    open_range = (single > 0) & (single < 2 * BASE_RATE_HZ)  # neither of the two is clipped
    assert open_range.mean() > 0.2
    mirrored = 2 * BASE_RATE_HZ - single[open_range]
    np.testing.assert_allclose(opposed[:, 1::2][open_range], mirrored, atol=1e-9)


def test_backwards_the_polarities_change_places():
    _, opposed = twins()
    here = np.array([1.3]), np.array([0.8])
    forwards = noiseless_rates_hz(opposed, *here, np.array([1.0]))[0]
    backwards = noiseless_rates_hz(opposed, *here, np.array([-1.0]))[0]
    np.testing.assert_allclose(backwards.reshape(-1, 2)[:, ::-1].ravel(), forwards, rtol=1e-12)


def test_a_second_polarity_lowers_the_bound():
    single, opposed = (numeric_bound(p, window_s=0.02, x_cm=2.0) for p in twins())
    assert 0.4 * single.position_cm < opposed.position_cm < single.position_cm


MOTIONS = [
    {"training_stimulus": "moving"},
    {"training_stimulus": "moving", "training_bidirectional": True, "dt_s": 0.0007},
    {"training_stimulus": "vibrating", "training_position_hold_s": 0.0333},
    {"training_stimulus": "vibrating", "ll_polarity": "opposed", "n_ll": 18, **NOISY},
]


@pytest.mark.parametrize("changes", MOTIONS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_pieces_equal_the_whole_bit_for_bit(changes, data):
    params = preset("ll_learn", **{"n_ll": 9, **SHORT, **changes})
    stream = drives.TrainingStimulus(params)
    whole = drives.TrainingStimulus(params).piece(0, stream.n_steps)
    first = data.draw(st.integers(0, stream.n_steps))
    stop = data.draw(st.integers(first, stream.n_steps))
    piece = stream.piece(first, stop)
    np.testing.assert_array_equal(
        piece.rows_hz[piece.row_of_step], whole.rows_hz[whole.row_of_step][first:stop]
    )
    np.testing.assert_array_equal(piece.x_cm, whole.x_cm[first:stop])


def test_a_moving_sphere_is_at_the_place_of_its_snapshot_in_the_middle_of_the_hold():
    changes = {"training_position_hold_s": 0.051, "training_bidirectional": True}
    held = drives.TrainingStimulus(preset("ll_learn", **SHORT, **changes))
    moving = drives.TrainingStimulus(
        preset("ll_learn", **SHORT, **changes, training_stimulus="moving")
    )
    n = held.n_snapshots - 1
    still, piece = held.snapshots(0, n), moving.piece(0, n * 51)
    np.testing.assert_allclose(piece.x_cm[25::51], still.x_cm, atol=1e-12)
    np.testing.assert_allclose(piece.rows_hz[25::51], still.rates_hz, atol=1e-9)
    step_cm = np.diff(piece.x_cm.reshape(n, 51), axis=1)
    expected_cm = np.broadcast_to(0.005 * still.direction[:, None], step_cm.shape)
    np.testing.assert_allclose(step_cm, expected_cm, rtol=1e-6)


def test_a_vibrating_sphere_oscillates_around_rest_and_begins_as_its_direction_says():
    params = preset(
        "ll_learn", **SHORT, training_stimulus="vibrating", training_bidirectional=True,
        training_distance_min_cm=1.3, training_distance_max_cm=1.3,
    )  # fmt: skip
    snapshots = drives.training_drive(preset("ll_learn", **SHORT, training_distance_min_cm=1.3,
                                             training_distance_max_cm=1.3))  # fmt: skip
    n = snapshots.x_cm.size
    rates = drives.TrainingStimulus(params).piece(0, 50 * n).rows_hz.reshape(n, 50, -1)
    felt, moving = rates - BASE_RATE_HZ, snapshots.rates_hz - BASE_RATE_HZ
    free = (rates > 0).all(axis=1) & (rates < MAX_RATE_HZ).all(axis=1) & (np.abs(moving) > 0.5)
    assert free.sum() > 100
    np.testing.assert_allclose(felt.mean(axis=1)[free], 0.0, atol=1e-9)  # five whole periods
    direction = np.where(np.arange(n) % 2, -1.0, 1.0)
    first = direction[:, None] * 2.0 * np.sin(2 * np.pi * 100.0 * 0.0005) * moving
    np.testing.assert_allclose(felt[:, 0][free], first[free], rtol=1e-9)
    np.testing.assert_allclose(felt[:, 10][free], felt[:, 0][free], rtol=1e-6)


def test_a_vibrating_test_keeps_the_path_and_has_no_steady_flow():
    moving = sweeps.test_drive(preset("ll_learn", distance_cm=2.0))
    vibrating = sweeps.test_drive(preset("ll_learn", distance_cm=2.0, test_stimulus="vibrating"))
    np.testing.assert_array_equal(vibrating.x_cm, moving.x_cm)
    assert np.abs(vibrating.rates_hz - moving.rates_hz).max() > 5.0
    quick = vibrating.rates_hz[:1000].reshape(100, 10, -1).mean(axis=1)
    slow = moving.rates_hz[:1000].reshape(100, 10, -1).mean(axis=1)
    assert np.ptp(quick.mean(axis=0)) < 0.3 * np.ptp(slow.mean(axis=0)) or quick.std() < slow.std()


def test_the_two_flags_of_a_held_test_mean_the_same():
    by_name = sweeps.test_drive(preset("ll_learn", test_stimulus="held"))
    by_switch = sweeps.test_drive(preset("ll_learn", test_using_held_snapshots=True))
    np.testing.assert_array_equal(by_name.rates_hz, by_switch.rates_hz)


def test_a_lesion_silences_the_afferents_of_its_stretch_and_no_others():
    params = preset("ll_both", ll_lesion_from_cm=1.0, ll_lesion_to_cm=2.0)
    rates = lesioned(np.full((3, 200), 50.0), params)
    x_cm = afferent_positions_cm(params)
    inside = (x_cm >= 1.0) & (x_cm <= 2.0)
    assert (rates[:, inside] == 0.0).all() and (rates[:, ~inside] == 50.0).all()
    assert 40 <= inside.sum() <= 60
    intact = np.full((3, 200), 50.0)
    assert lesioned(intact, preset("ll_both")) is intact
    whole = numeric_bound(preset("ll_both"), window_s=0.02, x_cm=1.5)
    assert numeric_bound(params, window_s=0.02, x_cm=1.5).position_cm > 2 * whole.position_cm
