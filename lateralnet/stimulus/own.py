"""A stimulus of one's own in place of the sphere: another moving thing, a recording, another sense.

Any object with the four members of `Stimulus` will do. It is a function of time alone, so that a
training that is resumed goes on exactly; it is read piece by piece, so that its length costs no
memory. Background noise, spikes and weights are drawn from the seed of the network as ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lateralnet.errors import InputError
from lateralnet.parameters.params import NetworkParams
from lateralnet.stimulus.drives import TrainingPiece
from lateralnet.stimulus.sweeps import SweepDrive

FloatArray = NDArray[np.float64]
TRAINING = "training"


@runtime_checkable
class Stimulus(Protocol):
    """What a network can feel, beside the built-in sphere.

    Attributes
    ----------
    receptors_cm : array_like, shape (n_ll,)
        Places of the receptors along the body, head first.
    test_s : float
        Duration of a test sweep.
    """

    receptors_cm: ArrayLike
    test_s: float

    def position_cm(self, t_s: FloatArray, phase: str) -> ArrayLike:
        """Return where it is along the body at each time, shape (n_t,): what is decoded.

        `phase` is ``"training"``, or ``"test/0"``, ``"test/1"``, ... for the sweeps of a test;
        time starts at 0 in each.
        """

    def rates_hz(self, t_s: FloatArray, phase: str) -> ArrayLike:
        """Return the rate of every receptor at each time, shape (n_t, n_ll), in Hz."""


@dataclass(frozen=True)
class Recording:
    """Rows of rates from a file, played once or again and again: a `Stimulus`.

    Attributes
    ----------
    rows_hz : ndarray, shape (n_rows, n_ll)
        Rates of the receptors, for training.
    x_cm : ndarray, shape (n_rows,)
        Where the source was in each row.
    row_s : float
        How long a row lasts; training starts again at the first row after the last.
    receptors_cm : ndarray, shape (n_ll,)
        Places of the receptors along the body.
    test_rows_hz, test_x_cm : ndarray, optional
        The same for the test; those of training, played once, by default.
    """

    rows_hz: FloatArray
    x_cm: FloatArray
    row_s: float
    receptors_cm: FloatArray
    test_rows_hz: FloatArray | None = None
    test_x_cm: FloatArray | None = None

    def __post_init__(self) -> None:
        if (self.test_rows_hz is None) != (self.test_x_cm is None):
            raise InputError("a recording needs both test_rows_hz and test_x_cm, or neither.")
        for rows, x, what in (
            (self.rows_hz, self.x_cm, "rows_hz and x_cm"),
            (self.test_rows_hz, self.test_x_cm, "test_rows_hz and test_x_cm"),
        ):
            if rows is None or x is None:
                continue
            if np.ndim(rows) != 2 or np.shape(x) != (len(rows),):
                raise InputError(
                    f"{what} have shapes {np.shape(rows)} and {np.shape(x)}; they must be "
                    "(n_rows, n_receptors) and (n_rows,)."
                )
        if not self.row_s > 0:
            raise InputError(f"row_s = {self.row_s} is not allowed: it must be > 0 s.")

    @property
    def test_s(self) -> float:
        """Duration of a test: every row once."""
        rows = self.rows_hz if self.test_rows_hz is None else self.test_rows_hz
        return len(rows) * self.row_s

    def _of(self, phase: str) -> tuple[FloatArray, FloatArray]:
        if phase == TRAINING or self.test_rows_hz is None or self.test_x_cm is None:
            return self.rows_hz, self.x_cm
        return self.test_rows_hz, self.test_x_cm

    def _row(self, t_s: FloatArray, n_rows: int) -> NDArray[np.int64]:
        # A billionth of a row keeps times that are whole rows from falling into the one before.
        return np.floor(np.asarray(t_s) / self.row_s + 1e-9).astype(np.int64) % n_rows

    def position_cm(self, t_s: FloatArray, phase: str) -> FloatArray:
        """Return where the source is at each time."""
        rows, x_cm = self._of(phase)
        return np.asarray(x_cm)[self._row(t_s, len(rows))]

    def rates_hz(self, t_s: FloatArray, phase: str) -> FloatArray:
        """Return the row that holds at each time."""
        rows, _ = self._of(phase)
        return np.asarray(rows)[self._row(t_s, len(rows))]


def checked_stimulus(stimulus: Any, params: NetworkParams) -> Stimulus:
    """Return `stimulus`; refuse one that cannot drive the network, before anything is built.

    Raises
    ------
    InputError
        When a member is missing, a shape or a rate is wrong, or it never comes beside the body.
    """
    if not isinstance(stimulus, Stimulus):
        missing = [name for name in _MEMBERS if not hasattr(stimulus, name)]
        raise InputError(
            f"stimulus {type(stimulus).__name__} lacks {', '.join(missing)}; a stimulus has "
            f"{', '.join(_MEMBERS)}."
        )
    p = params
    places_cm = np.asarray(stimulus.receptors_cm, dtype=float)
    if places_cm.shape != (p.n_ll,):
        raise InputError(
            f"stimulus: receptors_cm has shape {places_cm.shape}, the network has {p.n_ll} "
            f"afferents; give n_ll={places_cm.size} to the parameters."
        )
    if not (np.diff(places_cm) >= 0).all() or places_cm[0] < 0 or (
        places_cm[-1] > p.ll_body_length_cm
    ):  # fmt: skip
        raise InputError(
            "stimulus: receptors_cm must rise from head to tail, within the body of 0 to "
            f"{p.ll_body_length_cm:g} cm (ll_body_length_cm)."
        )
    if not (np.isfinite(stimulus.test_s) and stimulus.test_s / p.dt_s >= 20):
        raise InputError(f"stimulus: test_s = {stimulus.test_s} s; a test needs 20 steps or more.")
    x_cm = own_test(stimulus, p, 0).x_cm
    if not ((x_cm >= 0) & (x_cm <= p.ll_body_length_cm)).any():
        raise InputError("stimulus: in the test its position never lies beside the body.")
    own_piece(stimulus, p, 0, min(1000, p.trial_start_step(1)))
    return stimulus


_MEMBERS = ("receptors_cm", "test_s", "position_cm", "rates_hz")


def own_piece(
    stimulus: Stimulus, params: NetworkParams, first_step: int, stop_step: int
) -> TrainingPiece:
    """Return the training steps `first_step` to `stop_step` - 1 of a stimulus of one's own."""
    t_s: FloatArray = np.arange(first_step, stop_step, dtype=float) * params.dt_s
    x_cm, rates_hz = _values(stimulus, params, t_s, TRAINING)
    return TrainingPiece(rates_hz, np.arange(t_s.size), x_cm)


def own_test(stimulus: Stimulus, params: NetworkParams, sweep: int) -> SweepDrive:
    """Return a test sweep of a stimulus of one's own; its distance is not known (NaN)."""
    t_s: FloatArray = np.arange(round(stimulus.test_s / params.dt_s), dtype=float) * params.dt_s
    x_cm, rates_hz = _values(stimulus, params, t_s, f"test/{sweep}")
    return SweepDrive(t_s=t_s, x_cm=x_cm, y_cm=np.full(t_s.size, np.nan), rates_hz=rates_hz)


def _values(
    stimulus: Stimulus, params: NetworkParams, t_s: FloatArray, phase: str
) -> tuple[FloatArray, FloatArray]:
    x_cm = np.asarray(stimulus.position_cm(t_s, phase), dtype=float)
    rates_hz = np.asarray(stimulus.rates_hz(t_s, phase), dtype=float)
    for what, array, shape in (
        ("position_cm", x_cm, (t_s.size,)),
        ("rates_hz", rates_hz, (t_s.size, params.n_ll)),
    ):
        if array.shape != shape:
            raise InputError(f"stimulus: {what} has shape {array.shape}, it must be {shape}.")
        if not np.isfinite(array).all():
            raise InputError(f"stimulus: {what} holds NaN or infinite values ({phase}).")
    largest_hz = 1.0 / params.dt_s
    if rates_hz.min() < 0 or rates_hz.max() > largest_hz:
        raise InputError(
            f"stimulus: rates from {rates_hz.min():g} to {rates_hz.max():g} Hz; they must be 0 to "
            f"{largest_hz:g} Hz, a spike a time step."
        )
    return x_cm, rates_hz


def described(stimulus: Stimulus, params: NetworkParams) -> dict[str, str]:
    """Return a name and a fingerprint of what it does, for the files of a run."""
    piece = own_piece(stimulus, params, 0, max(1, min(5000, params.trial_start_step(5))))
    test = own_test(stimulus, params, 0)
    digest = hashlib.sha256()
    for array in (piece.rows_hz, piece.x_cm, test.rates_hz, test.x_cm):
        digest.update(np.ascontiguousarray(array).tobytes())
    return {"class": type(stimulus).__qualname__, "fingerprint": digest.hexdigest()[:16]}
