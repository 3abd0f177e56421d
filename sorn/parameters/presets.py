"""Presets: the networks of three papers, and the published package's own defaults, as keywords.

The benchmarks of this project run exactly these.

References
----------
.. [1] Lazar, Pipa & Triesch 2009, Frontiers in Computational Neuroscience 3:23.
.. [2] Zheng, Dimitrakakis & Triesch 2013, PLoS Computational Biology 9:e1002848.
.. [3] Del Papa, Priesemann & Triesch 2017, PLoS ONE 12:e0178683.
"""

from __future__ import annotations

import difflib
from typing import Any

from sorn.errors import ParameterError

_ZHENG_2013: dict[str, Any] = {
    "ne": 200,
    "lambda_ee": 20,
    "te_max": 1.0,
    "h_ip": 0.1,
    "mu_ip": 0.1,
    "noise_std": 0.05**0.5,
    "istdp_floor": 0.001,
    "normalise": ("ee",),
    "clip_te": False,
    "initial_activity": 0.1,
    "threshold": ">=",
}

PRESETS: dict[str, dict[str, Any]] = {
    "published": {"mu_ip": 0.1},
    "lazar2009": {
        "ne": 200,
        "lambda_ee": 10,
        "te_max": 0.5,
        "eta_stdp": 0.001,
        "eta_ip": 0.001,
        "h_ip": 0.1,
        "normalise": ("ee",),
        "clip_te": False,
        "noise": False,
        "freeze": ("sp", "istdp"),
    },
    "zheng2013": _ZHENG_2013,
    "delpapa2017": _ZHENG_2013 | {"inhibition": "fast", "normalise": ("ee", "ei")},
}
"""Keywords of each preset: ``published`` is sorn 0.7.4 to the bit; [1]_, [2]_ and [3]_ as far as
the papers and their authors' code tell; what a task adds (symbols, pools) is not in them. The
code for [2]_ scales W_EI too, with the remark that the paper does not; that for [3]_ does."""


def preset(name: str) -> dict[str, Any]:
    """Keywords of the preset `name`, a new dictionary.

    Examples
    --------
    >>> from sorn import Network, preset
    >>> preset("lazar2009")["freeze"]
    ('sp', 'istdp')
    >>> Network("zheng2013", ne=100, seed=1).parameters.noise_std == 0.05**0.5
    True

    Raises
    ------
    ParameterError
        If there is no such preset.
    """
    if not isinstance(name, str) or name not in PRESETS:
        close = difflib.get_close_matches(str(name), PRESETS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ParameterError(
            f"preset {name!r} is not known.{hint} Choose from {', '.join(PRESETS)}"
        )
    return dict(PRESETS[name])
