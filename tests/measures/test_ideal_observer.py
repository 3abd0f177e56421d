"""The ideal-observer bound: closed form, numbers of the model, and their agreement."""

from __future__ import annotations

import numpy as np
import pytest

from lateralnet.errors import InputError
from lateralnet.measures import ideal_observer as observer
from lateralnet.parameters.params import NetworkParams
from lateralnet.parameters.presets import preset
from lateralnet.stimulus.afferents import noiseless_rates_hz


def closed(**change):
    arguments = {
        "distance_cm": 1.0,
        "window_s": 0.05,
        "neuromasts_per_cm": 25.0,
        "speed_cm_s": 5.0,
        "radius_cm": 0.5,
        **change,
    }
    return observer.closed_form_bound(**arguments)


@pytest.mark.parametrize(
    ("distance", "position", "depth"),
    [
        (0.4, 0.008, 0.015),
        (0.6, 0.012, 0.016),
        (0.8, 0.021, 0.012),
        (1.0, 0.043, 0.037),
        (1.5, 0.153, 0.139),
        (2.1, 0.465, 0.427),
        (2.5, 0.85, None),
        (3.0, 1.65, 1.48),
        (4.0, 5.1, 4.0),
    ],
)
def test_numbers_of_the_model(distance, position, depth):
    bound = observer.numeric_bound(preset(), window_s=0.05, distance_cm=distance)
    digit = 0.005 if distance > 0.8 else 0.05
    assert bound.position_cm == pytest.approx(position, rel=2 * digit)
    if depth is not None:
        assert bound.distance_cm == pytest.approx(depth, rel=2 * digit)


def test_bound_in_the_decoding_window_of_the_test():
    bound = observer.numeric_bound(preset(), window_s=0.02)
    assert bound.position_cm == pytest.approx(0.033, abs=0.001)


def test_long_line_agrees_with_the_closed_form():
    params = NetworkParams(
        n_ll=12_001,
        ll_body_length_cm=600.0,
        test_path_cm=600.0,
        sphere_radius_cm=0.02,
        distance_cm=1.0,
    )
    numeric = observer.numeric_bound(params, window_s=0.05)
    exact = closed(neuromasts_per_cm=20.0, radius_cm=0.02)
    assert numeric.position_cm == pytest.approx(exact.position_cm, rel=1e-4)
    assert numeric.distance_cm == pytest.approx(exact.distance_cm, rel=1e-4)


def test_laws_of_the_closed_form():
    one = closed()
    assert one.distance_cm / one.position_cm == pytest.approx(np.sqrt(5 / 7), rel=1e-12)
    assert closed(distance_cm=2.0).position_cm == pytest.approx(2**3.5 * one.position_cm)
    assert closed(window_s=0.2).position_cm == pytest.approx(one.position_cm / 2)
    assert closed(radius_cm=1.0).position_cm == pytest.approx(one.position_cm / 8)


def test_gain_raises_and_silence_ends_the_information():
    plain = observer.numeric_bound(preset(), window_s=0.05, distance_cm=1.2)
    louder = observer.numeric_bound(preset(ll_rate_gain=4.0), window_s=0.05, distance_cm=1.2)
    assert louder.position_cm == pytest.approx(plain.position_cm / 2, rel=1e-6)
    mute = observer.numeric_bound(preset(ll_rate_gain=0.0), window_s=0.05)
    assert mute.position_cm == mute.distance_cm == np.inf


@pytest.mark.parametrize("x_cm", [0.0, 0.8, 3.9])
def test_off_centre_bound_is_the_inverse_of_the_information(x_cm):
    params = preset(distance_cm=1.3)

    def rate(x, distance):
        rates = noiseless_rates_hz(params, np.array([x]), np.array([distance]), np.ones(1))
        return np.clip(rates[0], 0.0, 200.0)

    h = 1e-4
    slopes = np.stack(
        [
            (rate(x_cm + h, 1.3) - rate(x_cm - h, 1.3)) / (2 * h),
            (rate(x_cm, 1.3 + h) - rate(x_cm, 1.3 - h)) / (2 * h),
        ]
    )
    inverse = np.linalg.inv(0.05 * slopes @ np.diag(1 / rate(x_cm, 1.3)) @ slopes.T)
    bound = observer.numeric_bound(params, window_s=0.05, x_cm=x_cm)
    assert bound.position_cm == pytest.approx(np.sqrt(inverse[0, 0]), rel=1e-5)
    assert bound.distance_cm == pytest.approx(np.sqrt(inverse[1, 1]), rel=1e-5)


def test_sweep_bound_lies_between_the_middle_and_the_ends():
    params = preset()
    middle = observer.numeric_bound(params, window_s=0.02).position_cm
    end = observer.numeric_bound(params, window_s=0.02, x_cm=0.0).position_cm
    assert middle < observer.sweep_bound_cm(params, window_s=0.02) < end


@pytest.mark.parametrize("change", [{"window_s": 0.0}, {"window_s": 0.05, "distance_cm": -1.0}])
def test_bad_input_is_refused(change):
    with pytest.raises(InputError, match="above 0"):
        observer.numeric_bound(preset(), **change)
    with pytest.raises(InputError, match="above 0"):
        closed(**change)
