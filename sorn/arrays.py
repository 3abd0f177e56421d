"""The one name for arrays of NumPy in annotations, fit for `mypy --strict` with NumPy 1.26 too."""

from __future__ import annotations

from typing import Any

import numpy as np

NumpyArray = np.ndarray[Any, np.dtype[Any]]
"""Of any shape and kind, which docstrings give; NumPy 1.26 has no default for either."""
