"""A linear readout in NumPy alone: ridge regression onto the symbols, the largest output wins."""

from __future__ import annotations

import numpy as np

from sorn.arrays import NumpyArray

DEFAULT_RIDGE = 1e-3


def predicted_symbols(
    train: NumpyArray,
    symbols: NumpyArray,
    test: NumpyArray,
    n_symbols: int,
    ridge: float = DEFAULT_RIDGE,
) -> NumpyArray:
    """Symbols that a readout fitted on one part of the activity predicts on another.

    Parameters
    ----------
    train, test : array_like, shape (steps, neurons)
    symbols : ndarray of int, shape (steps of train,)
        What to predict, in 0..n_symbols-1.
    n_symbols : int
    ridge : float
        Added to the diagonal of the normal equations.

    Returns
    -------
    ndarray of int, shape (steps of test,)

    Examples
    --------
    >>> import numpy as np
    >>> activity = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    >>> predicted_symbols(activity, np.array([2, 0, 1, 2, 0, 1]), activity[:3], 3)
    array([2, 0, 1])
    """
    features = with_constant(train)
    targets = (symbols[:, None] == np.arange(n_symbols)).astype(float)
    gram = features.T @ features + ridge * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, features.T @ targets)
    result: NumpyArray = np.argmax(with_constant(test) @ weights, axis=1)
    return result


def with_constant(activity: NumpyArray) -> NumpyArray:
    """Activity as floats with a column of ones for the constant of a linear model."""
    return np.column_stack([activity, np.ones(len(activity))]).astype(float)
