"""Potential flow of a sphere that moves through still water, and what a fish can feel of it.

A sphere of radius R and velocity **U** in an unbounded ideal fluid is a dipole (Lamb,
*Hydrodynamics*, section 92; Goulet et al. 2008, J Comp Physiol A 194:1-17). With **r** the
displacement from the centre of the sphere to the sensor,

    phi = -(R^3 / 2) U.r / |r|^3
    u   = grad phi = (R^3 / 2) [3 (U.r) r / |r|^5 - U / |r|^3]

The published program (J. Goulet, LateralLine, 2026) uses minus this flow. Here the flow is
physical, and its rates come out with the sensing axis (-1, 0).

The theory holds outside the sphere, away from the boundary layer on the skin (at 50 Hz some
80 um thick, Rapo et al. 2009, J Exp Biol 212:1494) and out to about one fish length, where
more than the dipole matters (Sichert et al. 2009, PRL 102:058104).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lateralnet.errors import InputError

FloatArray = NDArray[np.float64]
SMALLEST_SQUARED_DISTANCE_CM2 = 1e-9
_WATER_DENSITY_G_CM3 = 1.0


def dipole_flow(
    displacement_cm: ArrayLike, velocity_cm_s: ArrayLike, radius_cm: ArrayLike
) -> FloatArray:
    """Return the flow velocity at a displacement from the centre of a moving sphere.

    Parameters
    ----------
    displacement_cm : array_like, shape (..., d)
        Sensor position minus centre of the sphere; d is 2 (in the plane of motion) or 3.
    velocity_cm_s : array_like, shape (..., d)
        Velocity of the sphere.
    radius_cm : array_like, shape (...)
        Radius of the sphere.

    Returns
    -------
    numpy.ndarray, shape (..., d)
        Flow velocity in cm/s. The squared distance in the denominators is never below
        1e-9 cm^2, as in the published program, so that the centre itself gives no infinity.
    """
    # Component by component: arrays whose last axis has two or three numbers are slow.
    displacement, motion = _components(displacement_cm), _components(velocity_cm_s)
    squared = _dot(displacement, displacement)
    floored = np.maximum(squared, SMALLEST_SQUARED_DISTANCE_CM2)
    # r^5 from exactly rounded operations, so that every machine gives the same bits
    strength = 0.5 * np.asarray(radius_cm, dtype=float) ** 3 / (floored**2 * np.sqrt(floored))
    tripled = 3.0 * _dot(motion, displacement)
    flow = [
        strength * (tripled * r - squared * u) for r, u in zip(displacement, motion, strict=True)
    ]
    return np.stack(flow, axis=-1)


def _components(vectors: ArrayLike) -> list[FloatArray]:
    return list(np.ascontiguousarray(np.moveaxis(np.asarray(vectors, dtype=float), -1, 0)))


def _dot(a: list[FloatArray], b: list[FloatArray]) -> FloatArray:
    return np.asarray(sum(one * other for one, other in zip(a, b, strict=True)))


def velocity(
    x_cm: ArrayLike,
    y_cm: ArrayLike,
    *,
    source_cm: ArrayLike,
    velocity_cm_s: ArrayLike,
    radius_cm: ArrayLike,
) -> FloatArray:
    """Return the physical flow velocity around a moving sphere, in the plane of its motion.

    Parameters
    ----------
    x_cm, y_cm : array_like, shape (...)
        Sensor positions along and across the body.
    source_cm : array_like, shape (..., 2)
        Centre of the sphere.
    velocity_cm_s : array_like, shape (..., 2)
        Velocity of the sphere.
    radius_cm : array_like, shape (...)
        Radius of the sphere. All arguments broadcast.

    Returns
    -------
    numpy.ndarray, shape (..., 2)
        Components along and across the body, in cm/s. Inside the sphere, where there is no
        water, the formula is continued as the published program does.
    """
    return dipole_flow(_displacement_cm(x_cm, y_cm, source_cm), velocity_cm_s, radius_cm)


def potential(
    x_cm: ArrayLike,
    y_cm: ArrayLike,
    *,
    source_cm: ArrayLike,
    velocity_cm_s: ArrayLike,
    radius_cm: ArrayLike,
) -> FloatArray:
    """Return the velocity potential in cm^2/s, whose gradient is `velocity`.

    Takes the arguments of `velocity` and returns shape (...).

    Raises
    ------
    InputError
        When a sensor lies inside the sphere.
    """
    displacement = _outside(_displacement_cm(x_cm, y_cm, source_cm), radius_cm)
    along = np.sum(np.asarray(velocity_cm_s, dtype=float) * displacement, axis=-1)
    distance_cm = np.linalg.norm(displacement, axis=-1)
    return np.asarray(-0.5 * np.asarray(radius_cm, dtype=float) ** 3 * along / distance_cm**3)


def velocity_at_wall(
    x_cm: ArrayLike,
    *,
    source_cm: ArrayLike,
    velocity_cm_s: ArrayLike,
    radius_cm: ArrayLike,
) -> FloatArray:
    """Return the flow along a solid body surface at y = 0, with the sphere's mirror image.

    The image dipole sits at (X, -Y) and moves with (U_x, -U_y); together nothing flows
    through the wall and the flow along it doubles. (The spheres' effect on one another,
    of order (R/2Y)^3, is left out.) Arguments as for `velocity`; shape (..., 2).
    """
    mirror = np.array([1.0, -1.0])
    source = np.asarray(source_cm, dtype=float)
    motion = np.asarray(velocity_cm_s, dtype=float)
    direct = velocity(x_cm, 0.0, source_cm=source, velocity_cm_s=motion, radius_cm=radius_cm)
    image = velocity(
        x_cm, 0.0, source_cm=source * mirror, velocity_cm_s=motion * mirror, radius_cm=radius_cm
    )
    return direct + image


def pressure(
    x_cm: ArrayLike,
    y_cm: ArrayLike,
    *,
    source_cm: ArrayLike,
    velocity_cm_s: ArrayLike,
    radius_cm: ArrayLike,
    density_g_cm3: float = _WATER_DENSITY_G_CM3,
) -> FloatArray:
    """Return the pressure of steady translation, rho (U.u - |u|^2 / 2), against that at infinity.

    Takes the arguments of `velocity` and the density of the fluid; returns shape (...) in
    dyn/cm^2 (0.1 Pa). In front of the sphere it is the stagnation pressure rho U^2 / 2.

    Raises
    ------
    InputError
        When a sensor lies inside the sphere.
    """
    displacement = _outside(_displacement_cm(x_cm, y_cm, source_cm), radius_cm)
    flow = dipole_flow(displacement, velocity_cm_s, radius_cm)
    along = np.sum(np.asarray(velocity_cm_s, dtype=float) * flow, axis=-1)
    return np.asarray(density_g_cm3 * (along - 0.5 * np.sum(flow**2, axis=-1)))


def canal_pressure_difference(
    x_cm: ArrayLike,
    y_cm: ArrayLike,
    *,
    pore_spacing_cm: float,
    source_cm: ArrayLike,
    acceleration_cm_s2: ArrayLike,
    radius_cm: ArrayLike,
    density_g_cm3: float = _WATER_DENSITY_G_CM3,
) -> FloatArray:
    """Return what drives a canal neuromast: the pressure difference between its two pores.

    For a sphere that vibrates with a small amplitude the pressure is -rho d(phi)/dt, linear
    in its acceleration (Curcic-Blake & van Netten 2006, J Exp Biol 209:1548).

    Parameters
    ----------
    x_cm, y_cm : array_like, shape (...)
        Middle between the two pores, which lie along the body.
    pore_spacing_cm : float
        Distance between the pores, above 0.
    source_cm : array_like, shape (..., 2)
        Resting centre of the sphere.
    acceleration_cm_s2 : array_like, shape (..., 2)
        Acceleration of the sphere.
    radius_cm : array_like, shape (...)
        Radius of the sphere.
    density_g_cm3 : float
        Density of the fluid.

    Returns
    -------
    numpy.ndarray, shape (...)
        Pressure at the tailward pore minus that at the headward one, in dyn/cm^2.

    Raises
    ------
    InputError
        When a pore lies inside the sphere or `pore_spacing_cm` is not above 0.
    """
    if not pore_spacing_cm > 0:
        raise InputError(f"pore_spacing_cm = {pore_spacing_cm!r} must be above 0 cm.")
    middle = np.asarray(x_cm, dtype=float)
    headward, tailward = (
        -density_g_cm3
        * potential(
            middle + side * 0.5 * pore_spacing_cm,
            y_cm,
            source_cm=source_cm,
            velocity_cm_s=acceleration_cm_s2,  # phi is linear in U, so dphi/dt has phi's form
            radius_cm=radius_cm,
        )
        for side in (-1.0, 1.0)
    )
    return np.asarray(tailward - headward)


def _displacement_cm(x_cm: ArrayLike, y_cm: ArrayLike, source_cm: ArrayLike) -> FloatArray:
    source = np.asarray(source_cm, dtype=float)
    along = np.asarray(x_cm, dtype=float) - source[..., 0]
    across = np.asarray(y_cm, dtype=float) - source[..., 1]
    return np.stack(np.broadcast_arrays(along, across), axis=-1)


def _outside(displacement_cm: FloatArray, radius_cm: ArrayLike) -> FloatArray:
    """Return the displacement, or refuse it where the sensor is not in the water."""
    distance_cm = np.linalg.norm(displacement_cm, axis=-1)
    # A sensor on the surface may fall short of it by rounding.
    if np.any(distance_cm < np.asarray(radius_cm, dtype=float) * (1.0 - 1e-9)):
        raise InputError(
            f"a sensor lies {float(np.min(distance_cm)):g} cm from the centre of the sphere, "
            f"inside its radius; the flow is defined outside the sphere only."
        )
    return displacement_cm
