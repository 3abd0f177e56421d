"""A network as a scikit-learn estimator: it learns from a sequence, and gives its activity.

Needs scikit-learn: ``pip install lateralnet[readout]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.validation import check_is_fitted

from sorn.arrays import NumpyArray
from sorn.errors import InputError, ParameterError
from sorn.network import Network
from sorn.parameters import Parameters, preset
from sorn.streams import RandomStreams
from sorn.wiring import input_pools

READOUTS = {"ridge": Ridge(), "logistic": LogisticRegression(max_iter=1000)}


class Reservoir(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Self-organising reservoir with ``fit``, ``transform`` and ``predict``; time comes first.

    `fit` runs the network over the sequence with its plasticity, if `learns`; `transform` and
    `predict` run it frozen, always from the same start, and change nothing.

    Parameters
    ----------
    preset : str, optional
        See `sorn.preset`.
    ne : int, optional
        Excitatory neurons; default as of the preset.
    options : dict, optional
        More keywords of `sorn.Network`, e.g. ``{"noise": False}``.
    symbols : int, optional
        The input is a sequence of whole numbers 0..symbols-1, each driving a pool of
        `pool_size` neurons of its own (Lazar 2009). Default: rows of numbers.
    pool_size : int
    learns : bool
        False leaves the network as it was drawn: a static reservoir.
    reset : bool
        Whether every trial starts from a network at rest.
    warmup : int
        Steps at the start of each trial that the readout is not fitted on. `transform` keeps
        them, so that its rows stay aligned with a target.
    readout : {'ridge', 'logistic'} or estimator, optional
        Fitted by ``fit(X, y)`` on the activity, for `predict` and `score`.
    seed : int
    backend : str

    Attributes
    ----------
    network_ : Network
        After `fit`.
    readout_ : estimator
        If a readout was fitted.

    Notes
    -----
    X is one trial, shape (time, rows), or with `symbols` (time,); or several: an array with a
    leading axis of trials, or a list of trials of any length. Activity and predictions of several
    trials follow each other along the first axis, and so must a target (a list is joined).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sorn import Reservoir
    >>> symbols = np.tile([0, 1, 2, 2], 100)
    >>> model = make_pipeline(Reservoir("lazar2009", symbols=3, seed=1), RidgeClassifier())
    >>> model.fit(symbols[:-1], symbols[1:]).score(symbols[:-1], symbols[1:]) > 0.9
    True
    """

    def __init__(
        self,
        preset: str | None = None,
        *,
        ne: int | None = None,
        options: dict[str, Any] | None = None,
        symbols: int | None = None,
        pool_size: int = 10,
        learns: bool = True,
        reset: bool = True,
        warmup: int = 0,
        readout: Any = None,
        seed: int = 0,
        backend: str = "numpy",
    ) -> None:
        self.preset = preset
        self.ne = ne
        self.options = options
        self.symbols = symbols
        self.pool_size = pool_size
        self.learns = learns
        self.reset = reset
        self.warmup = warmup
        self.readout = readout
        self.seed = seed
        self.backend = backend

    def fit(self, X: Any, y: Any = None) -> Reservoir:
        """Let the network learn from the sequence, and the readout, if there is one, from `y`.

        Raises
        ------
        SornError
            If the sequence or an option does not fit.
        """
        trials = self._trials(X)
        rows = trials[0].shape[0]
        keywords = dict(self.options or {})
        if self.ne is not None:
            keywords["ne"] = self.ne
        if self.symbols is not None:
            keywords["input_pools"] = self._pools(self.symbols, keywords)
        self.network_ = Network(
            self.preset, nu=rows, seed=self.seed, backend=self.backend, **keywords
        )
        if self.learns:
            for inputs in trials:
                if self.reset:
                    self.network_.reset()
                self.network_.run(inputs, record=())
        self.network_.phase = "training"
        self.n_features_in_ = rows
        if y is not None and self.readout is not None:
            readout = self.readout
            if isinstance(readout, str):
                if readout not in READOUTS:
                    known = ", ".join(READOUTS)
                    raise ParameterError(
                        f"readout={readout!r}; choose from {known}, or an estimator"
                    )
                readout = READOUTS[readout]
            kept = self._after_warmup(trials)
            target = _joined(y, sum(inputs.shape[1] for inputs in trials))
            self.readout_ = clone(readout).fit(self._activity(trials)[kept], target[kept])
        return self

    def transform(self, X: Any) -> NumpyArray:
        """Excitatory activity of every step, shape (time of all trials, ne), floats of 0 and 1."""
        check_is_fitted(self, "network_")
        return self._activity(self._trials(X))

    def predict(self, X: Any) -> NumpyArray:
        """What the readout makes of every step, shape (time of all trials,).

        Raises
        ------
        ParameterError
            If there is no readout, because none was named or `fit` got no target.
        """
        self._check_readout()
        return self.readout_.predict(self.transform(X))  # type: ignore[no-any-return]

    def score(self, X: Any, y: Any) -> float:
        """Score of the readout (share of right answers, or R²) over all steps after the warm-up.

        Raises
        ------
        ParameterError
            If there is no readout, because none was named or `fit` got no target.
        """
        self._check_readout()
        trials = self._trials(X)
        kept = self._after_warmup(trials)
        target = _joined(y, sum(inputs.shape[1] for inputs in trials))
        return float(self.readout_.score(self._activity(trials)[kept], target[kept]))

    def _pools(self, symbols: int, keywords: dict[str, Any]) -> list[NumpyArray]:
        """Disjoint random pools of neurons, one for each symbol."""
        sizes = {"ne": Parameters.ne} | (preset(self.preset) if self.preset else {}) | keywords
        return input_pools(sizes["ne"], symbols, self.pool_size, RandomStreams([self.seed, 2]))

    def _activity(self, trials: list[NumpyArray]) -> NumpyArray:
        network = self.network_.copy(rng=RandomStreams([self.seed, 1]))
        parts = []
        for inputs in trials:
            if self.reset:
                network.reset()
            parts.append(network.run(inputs)["excitatory"])
        result: NumpyArray = np.concatenate(parts).astype(float)
        return result

    def _trials(self, X: Any) -> list[NumpyArray]:
        """Inputs of each trial, shape (rows, time)."""
        single = 1 if self.symbols is not None else 2
        if isinstance(X, list | tuple) and X and np.ndim(X[0]) == single:
            parts = [np.asarray(part) for part in X]
        else:
            array = np.asarray(X)
            parts = list(array) if array.ndim == single + 1 else [array]
        if self.symbols is not None:
            return [self._one_hot(part) for part in parts]
        for part in parts:
            if part.ndim != 2 or part.shape[1] != parts[0].shape[1] or len(part) == 0:
                raise InputError(
                    f"a trial has shape {part.shape}; each must be (time, rows) with the same rows"
                )
        return [part.T for part in parts]

    def _one_hot(self, sequence: NumpyArray) -> NumpyArray:
        assert self.symbols is not None
        if sequence.ndim == 2 and sequence.shape[1] == 1:
            sequence = sequence[:, 0]
        whole = sequence.dtype.kind in "iu" and sequence.ndim == 1 and len(sequence) > 0
        if not whole or sequence.min() < 0 or sequence.max() >= self.symbols:
            raise InputError(
                f"a trial must be whole numbers in 0..{self.symbols - 1} of shape (time,), not "
                f"{sequence.dtype} of shape {sequence.shape}"
            )
        result: NumpyArray = (np.arange(self.symbols)[:, None] == sequence).astype(float)
        return result

    def _after_warmup(self, trials: list[NumpyArray]) -> NumpyArray:
        return np.concatenate([np.arange(inputs.shape[1]) >= self.warmup for inputs in trials])

    def _check_readout(self) -> None:
        check_is_fitted(self, "network_")
        if not hasattr(self, "readout_"):
            raise ParameterError(
                "there is no readout; give readout='ridge' or 'logistic' and fit with a target"
            )


def _joined(y: Any, steps: int) -> NumpyArray:
    """Target of all trials along the first axis."""
    target = (
        np.concatenate([np.asarray(p) for p in y])
        if isinstance(y, list) and np.ndim(y[0])
        else np.asarray(y)
    )
    if len(target) != steps:
        raise InputError(f"the target has {len(target)} steps, the sequence {steps}")
    return target
