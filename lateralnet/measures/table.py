"""Every number in the results of a test, one line each: what it is, and which way is good.

Tables, summaries, reports, figures, evidence, sweeps and the README take titles, units, digits,
bounds and directions from here. What a view shows is a tuple of keys at the end.
"""
# ruff: noqa: E501 (a table has one line a row)

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lateralnet.text_table import markdown

_NO_BOUNDS = (-math.inf, math.inf)
_POSITIVE = (0.0, math.inf)
_SHARE = (0.0, 1.0)
_CORRELATION = (-1.0, 1.0)
_PUBLISHED = "LateralLine (J. Goulet, 2026)"
_HERE = "lateralnet"
_ZHANG = "Zhang et al. 1998, J Neurophysiol 79:1017"
_BEZDEK = "Bezdek & Pal 1995, Pattern Recognition 28:381"
_PLACHTA = "order of the torus: Plachta et al. 2003, J Exp Biol 206:3479"

PERFECT_SIGMA_THETA_RAD = 0.356  # a line decoded on a ring does not score 0
LITTLE_DECODED = 0.5  # share of the path; a spread over less of it says nothing of the map
FEW_CELLS = 10  # an order of fewer cells is chance: its SD is 1 / sqrt(n - 1), a third


@dataclass(frozen=True)
class Measure:
    """What is known about one number beside its value.

    Attributes
    ----------
    key : str
        Name in the results.
    unit : str
        Physical unit, ``""`` where there is none.
    title : str
        Name on an axis.
    text : str
        What it is, as a heading.
    heading : str
        Name of a column of the terminal; ``""`` where it is in none.
    low_is_good : bool or None
        Which way is better; None where neither is.
    perfect : float or None
        Value of a perfect map, where there is one.
    bounds : (float, float)
        Smallest and largest value possible.
    digits : int
        Decimal places shown.
    source : str
        Where it is defined.
    needs : str
        Without which it says nothing: ``"path"`` decoded (at least half), active ``"cells"``
        (at least ten), or ``""``.
    """

    key: str
    unit: str
    title: str
    text: str
    low_is_good: bool | None
    perfect: float | None
    bounds: tuple[float, float]
    digits: int
    source: str
    heading: str = ""
    needs: str = ""

    @property
    def axis(self) -> str:
        """Title with its unit, or with its bounds where it has no unit."""
        low, high = self.bounds
        if self.unit:
            return f"{self.title} ({self.unit})"
        bounded = math.isfinite(low) and math.isfinite(high)
        return f"{self.title} ({low:g} to {high:g})".replace("-", "−") if bounded else self.title

    @property
    def direction(self) -> str:
        """Which way is good, in words; ``""`` where neither is."""
        if self.low_is_good is None:
            return ""
        return "low is good" if self.low_is_good else "high is good"

    @property
    def judged(self) -> str:
        """What it is, and which way is good."""
        return f"{self.text}: {self.direction}" if self.direction else self.text

    def show(self, value: float | None, *, nothing: str = "-") -> str:
        """Return a value with its decimal places, or `nothing` without a finite one."""
        if value is None or not math.isfinite(value):
            return nothing
        return f"{round(value, self.digits) + 0.0:.{self.digits}f}"  # no minus before a zero


_ROWS = (
    # key, unit, title, text, low_is_good, perfect, bounds, digits, source
    Measure("ll_rate_hz", "Hz", "LL rate", "Mean rate of an afferent in the test", None, None, _POSITIVE, 1, _HERE),
    Measure("mon_rate_hz", "Hz", "MON rate", "Mean rate of a MON cell in the test", None, None, _POSITIVE, 1, _HERE),
    Measure("ts_rate_hz", "Hz", "TS rate", "Mean rate of a TS cell in the test", None, None, _POSITIVE, 1, _HERE, "TS"),
    Measure("ts_spikes_during_test_window", "", "TS spikes", "TS spikes of a test sweep", None, None, _POSITIVE, 0, _PUBLISHED),
    Measure("valid_fraction", "", "share decoded", "Published: share of time decoded", False, 1.0, _SHARE, 3, _PUBLISHED, "valid"),
    Measure("sigma_theta_rad", "rad", "sigma_theta", "Published: spread of the bias", True, PERFECT_SIGMA_THETA_RAD, _POSITIVE, 3, _PUBLISHED, "sigma", "path"),
    Measure("delta_trial_rad", "rad", "delta_trial", "Published: spread between trials", True, 0.0, _POSITIVE, 3, _PUBLISHED, "delta", "path"),
    Measure("sigma_theta_ll_rad", "rad", "sigma_theta of LL", "Published: spread of the bias of LL", True, PERFECT_SIGMA_THETA_RAD, _POSITIVE, 3, _PUBLISHED),
    Measure("delta_trial_ll_rad", "rad", "delta_trial of LL", "Published: spread between trials of LL", True, 0.0, _POSITIVE, 3, _PUBLISHED),
    *(
        row
        for layer in ("ll", "mon", "ts")
        for row in (
            Measure(f"sigma_w_{layer}_cm", "cm", f"tuning width of {layer.upper()}", f"Published: mean tuning width of {layer.upper()}", None, None, _POSITIVE, 3, _PUBLISHED),
            Measure(f"sigma_w_{layer}_sd_cm", "cm", f"SD of the tuning width of {layer.upper()}", f"Published: SD of the tuning width of {layer.upper()}", None, None, _POSITIVE, 3, _PUBLISHED),
            Measure(f"sigma_w_{layer}_count", "", f"tuned {layer.upper()} cells", f"Published: {layer.upper()} cells with a tuning width", None, None, _POSITIVE, 0, _PUBLISHED),
        )
    ),
    Measure("sharpening", "", "sigma_theta, LL over TS", "Sharpening: spread of the bias, LL over TS", False, None, _POSITIVE, 2, _HERE),
    Measure("trial_variability", "", "delta_trial, TS over LL", "Spread between trials, TS over LL", True, None, _POSITIVE, 2, _HERE),
    Measure("rms_error_cm", "cm", "RMS error", "Error of the decoded position", True, 0.0, _POSITIVE, 3, _HERE, "RMS"),
    Measure("median_error_cm", "cm", "median error", "Median error of the decoded position", True, 0.0, _POSITIVE, 3, _HERE),
    Measure("mean_error_cm", "cm", "mean error", "Mean error of the decoded position", True, 0.0, _POSITIVE, 3, _HERE),
    Measure("bias_cm", "cm", "bias", "Signed error, positive towards the tail", None, 0.0, _NO_BOUNDS, 2, _HERE, "bias"),
    Measure("sigma_bias_rad", "rad", "sigma of the bias", "Spread of the bias, angles fixed to the body", True, 0.0, _POSITIVE, 3, _HERE, "", "path"),
    Measure("linear_rms_error_cm", "cm", "linear RMS error", "Error with head and tail apart", True, 0.0, _POSITIVE, 3, _HERE),
    Measure("linear_median_error_cm", "cm", "linear median error", "Median error with head and tail apart", True, 0.0, _POSITIVE, 3, _HERE),
    Measure("calibrated_rms_error_cm", "cm", "calibrated RMS error", "Error after calibration with other sweeps", True, 0.0, _POSITIVE, 3, _HERE),
    Measure("valid_fraction_body", "", "share of the body decoded", "Share of the way along the body decoded", False, 1.0, _SHARE, 3, _HERE),
    Measure("spearman", "", "Spearman correlation", "Order of the preferred places", False, 1.0, _CORRELATION, 2, _PLACHTA, "order", "cells"),
    Measure("distance_order", "", "distance order", "Order that sees folds", False, 1.0, _CORRELATION, 2, _BEZDEK, "", "cells"),
    Measure("cells_near_diagonal", "", "share of cells", "Cells near the diagonal (0.4 cm)", False, 1.0, _SHARE, 2, _HERE, "near", "cells"),
    Measure("spikes_near_diagonal", "", "share of spikes", "Spikes near the diagonal (0.4 cm)", False, 1.0, _SHARE, 2, _HERE),
    Measure("active_cells", "", "active cells", "TS cells that fire beside the body", None, None, _POSITIVE, 0, _HERE),
    Measure("mean_modes", "", "peaks per cell", "Peaks of TS tuning", None, None, (1.0, math.inf), 2, _HERE),
    Measure("multimodal_fraction", "", "share of TS cells", "TS cells with two peaks or more", None, None, _SHARE, 2, _HERE),
    Measure("bayes_rms_error_cm", "cm", "Bayesian RMS error", "Error of a Bayesian decoder", True, 0.0, _POSITIVE, 3, _ZHANG, "Bayes"),
    Measure("bayes_median_error_cm", "cm", "Bayesian median error", "Median error of a Bayesian decoder", True, 0.0, _POSITIVE, 3, _ZHANG),
    Measure("bayes_mid_rms_error_cm", "cm", "Bayesian RMS error, mid-body", "Error of a Bayesian decoder, mid-body", True, 0.0, _POSITIVE, 3, _ZHANG),
    Measure("ideal_observer_cm", "cm", "ideal observer", "Smallest error that LL allows", None, None, _POSITIVE, 3, "Fisher information of the afferents"),
    Measure("efficiency", "", "efficiency", "Ideal observer's error over the decoder's", False, 1.0, _POSITIVE, 3, _HERE),
    Measure("weight_scale", "", "weight scale", "Factor on the weights of the rate-matched control", None, None, _POSITIVE, 3, _HERE),
    Measure("target_ts_rate_hz", "Hz", "rate to match", "TS rate that the rate-matched control should have", None, None, _POSITIVE, 1, _HERE),
    Measure("rate_reached", "", "rate reached", "Whether the rate-matched control has the rate", None, None, _SHARE, 0, _HERE),
)  # fmt: skip

MEASURES = {row.key: row for row in _ROWS}

# Parameters of the test, which stand among the measures of a result as in the published files.
REPEATED_PARAMETERS = ("distance_cm", "test_ll_noise_hz")

# What a view shows.
TERMINAL = (
    "ts_rate_hz", "valid_fraction", "sigma_theta_rad", "delta_trial_rad", "rms_error_cm",
    "rms_error_cm_chance", "bias_cm", "spearman", "cells_near_diagonal", "bayes_rms_error_cm",
)  # fmt: skip
OVER_SEEDS = (
    "sigma_theta_rad", "delta_trial_rad", "valid_fraction", "rms_error_cm", "spearman",
)  # fmt: skip
OF_SWEEPS = ("rms_error_cm", "spearman", "sigma_theta_rad", "valid_fraction")
OF_CONTROLS = ("rms_error_cm", "spearman", "cells_near_diagonal", "bayes_rms_error_cm")
OF_EVIDENCE = (
    "rms_error_cm", "sigma_bias_rad", "spearman", "cells_near_diagonal", "spikes_near_diagonal",
    "bayes_rms_error_cm", "sigma_theta_rad",
)  # fmt: skip

_DERIVED = (  # what a chance level adds to the key of a measure
    ("_coupled_chance", "chance level, from blocks of coupled cells, of", "chance"),
    ("_coupled_p", "p, from blocks of coupled cells, of", "p"),
    ("_chance_sd", "SD of the chance level of", "SD of chance"),
    ("_chance", "chance level of", "chance"),
    ("_p", "p of", "p"),
)


def measure_of(key: str) -> Measure:
    """Return what is known about a number of the results, chance levels included.

    A key that is not in the table is its own title, without direction and bounds.

    Examples
    --------
    >>> measure_of("rms_error_cm").axis
    'RMS error (cm)'
    >>> measure_of("spearman_p").bounds
    (0.0, 1.0)
    """
    if key in MEASURES:
        return MEASURES[key]
    for suffix, words, heading in _DERIVED:
        base = MEASURES.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if base is not None:
            whole = replace(
                base, key=key, title=f"{words} {base.title}", text=f"{words} {base.title}",
                low_is_good=None, perfect=None, heading=heading, needs="",
            )  # fmt: skip
            if suffix.endswith("_p"):
                return replace(whole, unit="", bounds=_SHARE, digits=3)
            return replace(whole, bounds=_POSITIVE) if suffix == "_chance_sd" else whole
    return Measure(key, "", key, key, None, None, _NO_BOUNDS, 3, "")


def own_rows(own: Mapping[str, Any]) -> list[Measure]:
    """Return the measures of one's own that a run describes in its ``params.json``."""
    return [
        Measure(
            key, m["unit"], m["title"], m["text"], m["low_is_good"], None,
            (_end(m["bounds"][0], -math.inf), _end(m["bounds"][1], math.inf)), m["digits"], "own",
            heading=key,
        )
        for key, m in own.get("measures", {}).items()
    ]  # fmt: skip


def _end(bound: float | None, open_end: float) -> float:
    return open_end if bound is None else bound


def documented() -> str:
    """Return the table of all measures as Markdown, for the page of the site."""
    rows = [["key", "what", "unit", "from", "to", "better", "perfect", "source"]]
    for m in _ROWS:
        better = {None: "", True: "low", False: "high"}[m.low_is_good]
        low, high = (f"{end:g}" if math.isfinite(end) else "" for end in m.bounds)
        perfect = "" if m.perfect is None else f"{m.perfect:g}"
        rows.append([f"`{m.key}`", m.text, m.unit, low, high, better, perfect, m.source])
    return "\n".join(markdown(rows))


def shown_value(key: str, measures: Mapping[str, Any]) -> float:
    """Return a number of a result as it is shown: NaN where it is missing or says nothing.

    The spread of a bias over a tenth of the path is small whatever the map, and so is the order
    of three cells high: the files keep them, tables show a dash.
    """
    value = measures.get(key)
    needs = measure_of(key).needs
    if value is None:
        return math.nan
    decoded, cells = measures.get("valid_fraction_body"), measures.get("active_cells")
    if needs == "path" and decoded is not None and decoded < LITTLE_DECODED:
        return math.nan
    if needs == "cells" and cells is not None and cells < FEW_CELLS:
        return math.nan
    return float(value)
