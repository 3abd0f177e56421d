"""The flow obeys the laws of an ideal fluid, and minus it is the published flow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from lateralnet.errors import InputError
from lateralnet.stimulus import hydrodynamics

GOLDEN = Path(__file__).parents[1] / "golden"

lengths = st.floats(0.2, 3.0)
speeds = st.floats(-20.0, 20.0).filter(lambda u: abs(u) > 0.1)
places = st.floats(-5.0, 5.0)
vectors = st.tuples(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))


def along_body(s, *, motion=(1.0, 0.0), distance=1.0, radius=0.5):
    """Flow on the line y = 0 at s distances from the sphere, in units of K = R^3 U / 2 D^3."""
    flow = hydrodynamics.velocity(
        np.asarray(s) * distance,
        0.0,
        source_cm=(0.0, distance),
        velocity_cm_s=motion,
        radius_cm=radius,
    )
    return flow / (0.5 * radius**3 / distance**3)


def parallel(s):
    return along_body(s)[..., 0]


def odd(s):
    return along_body(s)[..., 1]


def perpendicular(s):
    return along_body(s, motion=(0.0, 1.0))[..., 1]


def test_minus_the_flow_is_the_published_one():
    golden = np.load(GOLDEN / "dipole.npz")
    for arguments, published in zip(golden["args"], golden["v_cm_s"], strict=True):
        x, y, speed, radius, e_x, e_y, s_x, s_y = arguments
        flow = hydrodynamics.velocity(
            golden["xi_cm"],
            0.0,
            source_cm=(x, y),
            velocity_cm_s=(speed * e_x, speed * e_y),
            radius_cm=radius,
        )
        np.testing.assert_allclose(-(flow @ [s_x, s_y]), published, rtol=1e-9, atol=1e-15)


def test_nothing_flows_through_the_sphere():
    generator = np.random.default_rng(1)
    normal = generator.standard_normal((1000, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    motion = np.array([3.0, -1.0, 2.0])
    flow = hydrodynamics.dipole_flow(0.7 * normal, motion, 0.7)
    np.testing.assert_allclose(np.sum(flow * normal, axis=1), normal @ motion, atol=1e-12)


@given(radius=lengths, speed=speeds)
def test_slip_at_the_equator_is_minus_half_the_speed(radius, speed):
    flow = hydrodynamics.velocity(
        0.0, radius, source_cm=(0.0, 0.0), velocity_cm_s=(speed, 0.0), radius_cm=radius
    )
    np.testing.assert_allclose(flow, [-speed / 2, 0.0], rtol=1e-12, atol=1e-12)


def test_flow_has_no_curl_and_no_divergence():
    generator = np.random.default_rng(2)
    step = 1e-4
    for _ in range(20):
        place = generator.uniform(0.8, 2.0, 3) * generator.choice([-1, 1], 3)
        motion = generator.standard_normal(3)
        jacobian = np.stack(
            [
                hydrodynamics.dipole_flow(place + step * axis, motion, 0.5)
                - hydrodynamics.dipole_flow(place - step * axis, motion, 0.5)
                for axis in np.eye(3)
            ]
        ) / (2 * step)
        np.testing.assert_allclose(jacobian, jacobian.T, atol=1e-6)
        assert abs(np.trace(jacobian)) < 1e-6


@given(s=places, distance=lengths, scale=st.floats(0.5, 3.0), speed=speeds, radius=lengths)
def test_scaling(s, distance, scale, speed, radius):
    def flow(size, u, r):
        return hydrodynamics.velocity(
            s * size, 0.0, source_cm=(0.0, distance * size), velocity_cm_s=(u, 0.0), radius_cm=r
        )

    here = flow(1.0, 1.0, 0.5)
    size = np.max(np.abs(here))
    np.testing.assert_allclose(flow(scale, 1.0, 0.5), here / scale**3, atol=1e-12 * size)
    np.testing.assert_allclose(
        flow(1.0, speed, radius), here * speed * radius**3 / 0.125, atol=1e-9 * size * abs(speed)
    )


@given(s=places)
def test_parity_and_reversal(s):
    assert parallel(s) == pytest.approx(parallel(-s), rel=1e-12)
    assert perpendicular(s) == pytest.approx(perpendicular(-s), rel=1e-12)
    assert odd(s) == pytest.approx(-odd(-s), rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(along_body(s, motion=(-1.0, 0.0)), -along_body(s), rtol=1e-12)


@given(x=places, y=lengths, e=vectors, axis=vectors)
def test_reciprocity(x, y, e, axis):
    def sensed(motion, sensing):
        flow = hydrodynamics.velocity(
            x, 0.0, source_cm=(0.0, y), velocity_cm_s=motion, radius_cm=0.5
        )
        return float(flow @ np.asarray(sensing))

    assert sensed(e, axis) == pytest.approx(sensed(axis, e), rel=1e-12, abs=1e-12)


@given(distance=lengths)
@settings(max_examples=20)
def test_separations_that_a_fish_can_use(distance):
    def flow(x, component, motion):
        return along_body(x / distance, motion=motion, distance=distance)[..., component]

    def peak(function, low, high):
        return minimize_scalar(
            function, bounds=(low * distance, high * distance), method="bounded",
            options={"xatol": 1e-12},
        ).x  # fmt: skip

    def zero(component, motion, low, high):
        return brentq(flow, low * distance, high * distance, (component, motion), xtol=1e-13)

    swim, rise = (1.0, 0.0), (0.0, 1.0)
    assert 2 * zero(0, swim, 0.1, 1.0) == pytest.approx(np.sqrt(2) * distance, abs=1e-9)
    assert 2 * zero(1, rise, 1.0, 1.9) == pytest.approx(2 * np.sqrt(2) * distance, abs=1e-9)
    assert peak(lambda x: -flow(x, 0, swim), 0.9, 1.6) == pytest.approx(
        np.sqrt(1.5) * distance, rel=1e-6
    )
    assert abs(peak(lambda x: -abs(flow(x, 1, swim)), 0.2, 0.9)) == pytest.approx(
        0.5 * distance, rel=1e-6
    )
    assert peak(lambda x: flow(x, 1, rise), 1.5, 3.0) == pytest.approx(2 * distance, rel=1e-6)


def test_values_of_the_profiles():
    assert parallel(0.0) == pytest.approx(-1.0, rel=1e-12)
    assert parallel(np.sqrt(1.5)) == pytest.approx(0.202386, abs=1e-6)
    assert abs(odd(0.5)) == pytest.approx(0.858650, abs=1e-6)
    assert perpendicular(0.0) == pytest.approx(2.0, rel=1e-12)
    assert perpendicular(2.0) == pytest.approx(-0.035777, abs=1e-6)
    assert parallel(0.383960) == pytest.approx(-0.5, abs=1e-5)


@given(a=places, b=places, motion=vectors)
@settings(max_examples=30)
def test_line_integral_is_the_potential_difference(a, b, motion):
    sphere = {"source_cm": (0.0, 1.0), "velocity_cm_s": motion, "radius_cm": 0.5}
    work, _ = quad(lambda x: hydrodynamics.velocity(x, 0.0, **sphere)[0], a, b, epsabs=1e-13)
    ends = hydrodynamics.potential(np.array([a, b]), 0.0, **sphere)
    assert work == pytest.approx(ends[1] - ends[0], abs=1e-10)


def test_integrals_over_the_whole_line():
    def integral(function):
        return quad(function, -np.inf, np.inf, epsabs=1e-12)[0]

    assert integral(parallel) == pytest.approx(0.0, abs=1e-9)
    assert integral(lambda s: parallel(s) ** 2) == pytest.approx(27 * np.pi / 128, rel=1e-9)
    assert integral(lambda s: odd(s) ** 2) == pytest.approx(45 * np.pi / 128, rel=1e-9)
    assert integral(perpendicular) == pytest.approx(2.0, rel=1e-9)
    assert integral(lambda s: perpendicular(s) ** 2) == pytest.approx(123 * np.pi / 128, rel=1e-9)


def test_kinetic_energy_is_that_of_half_the_displaced_mass():
    radius, speed = 0.5, 5.0
    cosine, cosine_weight = np.polynomial.legendre.leggauss(20)
    inverse, inverse_weight = np.polynomial.legendre.leggauss(20)
    # With q = R / r from 0 to 1 the outside of the sphere is a finite interval.
    q = 0.5 * (inverse + 1.0)
    r = radius / q[:, None]
    place = np.stack([r * cosine, r * np.sqrt(1 - cosine**2), np.zeros_like(r * cosine)], axis=-1)
    squared = np.sum(hydrodynamics.dipole_flow(place, (speed, 0.0, 0.0), radius) ** 2, axis=-1)
    shell = 2 * np.pi * r**2 * (radius / q[:, None] ** 2)
    energy = 0.5 * np.sum(squared * shell * cosine_weight[None, :] * 0.5 * inverse_weight[:, None])
    assert energy == pytest.approx(np.pi / 3 * radius**3 * speed**2, rel=1e-12)


@given(x=places, motion=vectors)
def test_wall_with_image(x, motion):
    sphere = {"source_cm": (0.3, 0.9), "velocity_cm_s": motion, "radius_cm": 0.5}
    free = hydrodynamics.velocity(x, 0.0, **sphere)
    wall = hydrodynamics.velocity_at_wall(x, **sphere)
    assert wall[1] == pytest.approx(0.0, abs=1e-14)
    assert wall[0] == pytest.approx(2 * free[0], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("spacing", "zero"), [(1e-4, np.sqrt(0.5)), (0.2, 0.7126), (0.5, 0.7410), (1.0, 0.8376)]
)
def test_canal_zero_crossing_depends_on_the_pore_spacing(spacing, zero):
    def driven(x):
        return hydrodynamics.canal_pressure_difference(
            x,
            0.0,
            pore_spacing_cm=spacing,
            source_cm=(0.0, 1.0),
            acceleration_cm_s2=(1.0, 0.0),
            radius_cm=0.3,
        )

    assert brentq(driven, 0.3, 1.5) == pytest.approx(zero, abs=1e-4)
    assert driven(0.4) == pytest.approx(driven(-0.4), rel=1e-9)


def test_canal_response_to_motion_across_is_odd():
    left, right = hydrodynamics.canal_pressure_difference(
        np.array([-0.5, 0.5]),
        0.0,
        pore_spacing_cm=0.2,
        source_cm=(0.0, 1.0),
        acceleration_cm_s2=(0.0, 1.0),
        radius_cm=0.3,
    )
    assert left == pytest.approx(-right, rel=1e-12)
    assert abs(left) > 1e-3


def test_pressure_of_steady_translation():
    speed, radius = 5.0, 0.5
    front = hydrodynamics.pressure(
        radius, 0.0, source_cm=(0.0, 0.0), velocity_cm_s=(speed, 0.0), radius_cm=radius
    )
    assert front == pytest.approx(0.5 * speed**2, rel=1e-12)
    # Bernoulli, p = -rho (d phi / dt + |u|^2 / 2), with the sphere moved by hand
    step = 1e-5
    later, earlier = (
        hydrodynamics.potential(
            1.1, 0.4, source_cm=(t * speed, 0.0), velocity_cm_s=(speed, 0.0), radius_cm=radius
        )
        for t in (step, -step)
    )
    here = {"source_cm": (0.0, 0.0), "velocity_cm_s": (speed, 0.0), "radius_cm": radius}
    flow = hydrodynamics.velocity(1.1, 0.4, **here)
    bernoulli = -((later - earlier) / (2 * step) + 0.5 * flow @ flow)
    assert hydrodynamics.pressure(1.1, 0.4, **here) == pytest.approx(bernoulli, rel=1e-6)


def test_sensor_inside_the_sphere_is_refused():
    inside = {"source_cm": (0.0, 0.4), "velocity_cm_s": (1.0, 0.0), "radius_cm": 0.5}
    for function in (hydrodynamics.potential, hydrodynamics.pressure):
        with pytest.raises(InputError, match="inside its radius"):
            function(0.0, 0.0, **inside)
    with pytest.raises(InputError, match="pore_spacing_cm"):
        hydrodynamics.canal_pressure_difference(
            0.0, 0.0, pore_spacing_cm=0.0, source_cm=(0, 1), acceleration_cm_s2=(1, 0),
            radius_cm=0.3,
        )  # fmt: skip


def test_centre_of_the_sphere_gives_no_infinity():
    flow = hydrodynamics.velocity(
        0.0, 0.0, source_cm=(0.0, 0.0), velocity_cm_s=(5.0, 0.0), radius_cm=0.5
    )
    np.testing.assert_array_equal(flow, 0.0)
    near = hydrodynamics.velocity(
        1e-5, 0.0, source_cm=(0.0, 0.0), velocity_cm_s=(1.0, 0.0), radius_cm=1.0
    )
    assert near[0] == pytest.approx(1e-10 / 1e-9**2.5, rel=1e-12)


def test_autocorrelation_of_the_parallel_profile():
    s = np.linspace(-60.0, 60.0, 24001)
    profile = parallel(s)
    lag = np.arange(0, 601) * (s[1] - s[0])
    correlation = np.array([profile[k:] @ profile[: profile.size - k] for k in range(601)])
    correlation /= correlation[0]
    first = np.argmax(correlation < 0)
    zero = np.interp(0.0, correlation[first : first - 2 : -1], lag[first : first - 2 : -1])
    assert zero == pytest.approx(0.80, abs=1e-2)
    assert correlation.min() == pytest.approx(-0.361, abs=1e-2)
    assert lag[np.argmin(correlation)] == pytest.approx(1.42, abs=1e-2)


def test_arguments_broadcast():
    x = np.linspace(0.0, 4.0, 5)
    source = np.stack([np.linspace(0, 4, 3), np.full(3, 0.8)], axis=-1)[:, None, :]
    motion = np.stack([np.array([1.0, -1.0, 1.0]), np.zeros(3)], axis=-1)[:, None, :]
    flow = hydrodynamics.velocity(
        x, 0.0, source_cm=source, velocity_cm_s=motion, radius_cm=np.full((3, 1), 0.5)
    )
    assert flow.shape == (3, 5, 2)
    one = hydrodynamics.velocity(
        x[2], 0.0, source_cm=source[1, 0], velocity_cm_s=motion[1, 0], radius_cm=0.5
    )
    np.testing.assert_allclose(flow[1, 2], one, rtol=1e-15)
