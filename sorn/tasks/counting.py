"""The counting task of Lazar, Pipa & Triesch 2009, and a linear readout.

Words ``a b...b c`` and ``d e...e f``, with the middle letter repeated L times, follow each other
in random order. Predicting the last letter of a word needs a memory of how many repeats went by.
"""

from __future__ import annotations

import numpy as np

SYMBOLS = 6
"""Letters a to f."""


def counting_sequence(
    steps: int, repeats: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Letters of the counting task.

    Parameters
    ----------
    steps : int
    repeats : int
        L, the number of times the middle letter is repeated.

    Returns
    -------
    letters : ndarray of int, shape (steps,)
        0 to 5 for a to f.
    is_last : ndarray of bool, shape (steps,)
        Whether a letter ends a word.
    """
    length = repeats + 2
    words = np.array([[0] + [1] * repeats + [2], [3] + [4] * repeats + [5]])
    chosen = generator.integers(2, size=-(-steps // length))
    letters = words[chosen].reshape(-1)[:steps]
    is_last = np.arange(steps) % length == length - 1
    return letters, is_last


def one_hot(letters: np.ndarray, symbols: int = SYMBOLS) -> np.ndarray:
    """Input array of a sequence, shape (symbols, steps)."""
    return (np.arange(symbols)[:, None] == letters).astype(float)


def end_of_word_accuracy(
    activity: np.ndarray, letters: np.ndarray, is_last: np.ndarray, ridge: float = 1e-3
) -> float:
    """Share of last letters that a linear readout predicts one step ahead.

    The first half of the steps trains the readout, the second half tests it. The readout is
    ridge regression from the activity onto the next letter; the largest output wins.

    Parameters
    ----------
    activity : ndarray, shape (steps, neurons)
        Excitatory activity x(t).
    letters, is_last : ndarray, shape (steps,)
        As from `counting_sequence`.

    Notes
    -----
    Overall accuracy says little: most letters are repeats, and the first letter of a word is
    random.
    """
    features = np.column_stack([activity[:-1], np.ones(len(activity) - 1)]).astype(float)
    targets, ends = one_hot(letters[1:]).T, is_last[1:]
    half = len(features) // 2
    gram = features[:half].T @ features[:half] + ridge * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, features[:half].T @ targets[:half])
    predicted = np.argmax(features[half:] @ weights, axis=1)
    return float(np.mean(predicted[ends[half:]] == letters[1:][half:][ends[half:]]))
