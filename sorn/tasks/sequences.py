"""Sequences of symbols that only a memory can predict, after the literature.

Each function returns the symbols of a sequence, and where the answer needs a memory: ``scored``
marks the symbols that are to be predicted (or recalled) there.

References
----------
.. [1] Lazar, Pipa & Triesch 2009, Frontiers in Computational Neuroscience 3:23 (counting,
       occluder).
.. [2] Lazar, Pipa & Triesch 2007, Neural Networks 20:312-322 (motion).
.. [3] Del Papa, Priesemann & Triesch 2017, PLoS ONE 12:e0178683 (random sequence).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sorn.arrays import NumpyArray

Generator = np.random.Generator
Sequence = tuple[NumpyArray, NumpyArray]
"""Symbols, ndarray of int, shape (steps,), and ``scored``, ndarray of bool of the same shape."""

NOUNS = ("eel", "ray", "cod")
VERBS = ("hide", "swim", "turn")


@dataclass(frozen=True)
class Task:
    """A task of the literature.

    Attributes
    ----------
    name : str
    about : str
        One sentence.
    level : str
        What makes it harder, in words.
    levels : tuple of int
        Usual values of it.
    make : callable
        ``make(steps, level, generator)`` gives a `Sequence`.
    symbols : callable
        Number of different symbols at a level.
    chance : callable
        Share of answers that are right without any memory.
    recalls : bool
        Whether the answer is the symbol shown `level` steps before, not the next one.
    """

    name: str
    about: str
    level: str
    levels: tuple[int, ...]
    make: Callable[[int, int, Generator], Sequence]
    symbols: Callable[[int], int]
    chance: Callable[[int], float]
    recalls: bool = False


def counting(steps: int, repeats: int, generator: Generator) -> Sequence:
    """Words ``a b...b c`` and ``d e...e f`` in random order [1]_.

    The middle letter comes `repeats` times; scored is the last letter, which needs a count.
    """
    words = np.array([[0] + [1] * repeats + [2], [3] + [4] * repeats + [5]])
    symbols = _words_in_random_order(words, steps, generator)
    return symbols, np.arange(steps) % words.shape[1] == words.shape[1] - 1


def occluder(steps: int, hidden: int, generator: Generator) -> Sequence:
    """An object that moves up or down and is hidden in the middle of its way [1]_.

    Three positions, `hidden` steps behind the occluder, three positions; scored is the first one
    after the occluder, which needs the direction and a count.
    """
    occluded = [6] * hidden
    words = np.array([[0, 1, 2, *occluded, 3, 4, 5], [5, 4, 3, *occluded, 2, 1, 0]])
    symbols = _words_in_random_order(words, steps, generator)
    return symbols, np.arange(steps) % words.shape[1] == 3 + hidden


def motion(steps: int, positions: int, generator: Generator) -> Sequence:
    """An object that moves around a ring, in runs of random start and direction [2]_.

    A run takes as many steps as there are positions; scored are all but its first two, which
    need the position before.
    """
    runs = -(-steps // positions)
    start = generator.integers(positions, size=(runs, 1))
    direction = generator.choice([-1, 1], size=(runs, 1))
    symbols = ((start + direction * np.arange(positions)) % positions).reshape(-1)[:steps]
    return symbols, np.arange(steps) % positions >= 2


def random_sequence(steps: int, lag: int, generator: Generator) -> Sequence:
    """Ten symbols at random; the symbol shown `lag` steps before is to be recalled [3]_."""
    return generator.integers(10, size=steps), np.arange(steps) >= lag


def grammar(steps: int, level: int, generator: Generator) -> Sequence:
    """Letters of small sentences: "a ray hides." and "two rays hide.", in random order.

    `level` adverbs "now " stand between noun and verb; scored is the letter after the verb, "s"
    or ".", which needs the number of the noun.
    """
    letters: list[int] = []
    scored: list[bool] = []
    alphabet = {letter: k for k, letter in enumerate(grammar_alphabet())}
    while len(letters) < steps:
        noun, verb = generator.choice(NOUNS), generator.choice(VERBS)
        one = bool(generator.integers(2))
        subject = f"a {noun} " if one else f"two {noun}s "
        text = subject + "now " * level + verb
        ending = "s. " if one else ". "
        letters += [alphabet[letter] for letter in text + ending]
        scored += [False] * len(text) + [True] + [False] * (len(ending) - 1)
    return np.array(letters[:steps]), np.array(scored[:steps])


def grammar_alphabet() -> str:
    """Letters of the sentences, in the order of their numbers."""
    return "".join(sorted(set("a two now s. " + "".join(NOUNS + VERBS))))


TASKS = {
    task.name: task
    for task in (
        Task(
            "counting", "How many times did a letter repeat?", "repeats of the middle letter",
            (2, 4, 6, 8), counting, lambda level: 6, lambda level: 0.0,
        ),
        Task(
            "occluder", "Where does a hidden object reappear?", "steps behind the occluder",
            (1, 2, 4, 6), occluder, lambda level: 7, lambda level: 0.5 if level == 1 else 0.0,
        ),
        Task(
            "random_sequence", "Which symbol was shown some steps ago?", "steps to look back",
            (1, 2, 3, 4), random_sequence, lambda level: 10, lambda level: 0.1, recalls=True,
        ),
        Task(
            "grammar", "Does the verb agree with its noun?", "adverbs between noun and verb",
            (0, 1, 2), grammar, lambda level: len(grammar_alphabet()), lambda level: 0.5,
        ),
        Task(
            "motion", "Where does a moving object go next?", "positions on the ring",
            (6, 10, 14), motion, lambda level: level, lambda level: 0.5,
        ),
    )
}  # fmt: skip


def _words_in_random_order(words: NumpyArray, steps: int, generator: Generator) -> NumpyArray:
    """Rows of `words` one after another, each drawn at random, cut to `steps` symbols."""
    chosen = generator.integers(len(words), size=-(-steps // words.shape[1]))
    result: NumpyArray = words[chosen].reshape(-1)[:steps]
    return result
