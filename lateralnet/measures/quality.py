"""How good a map is: all measures of a layer over one or several test sweeps.

The population vector against the anatomy (`body_map`), the order of the preferred places (`order`)
and what a Bayesian decoder makes of the spikes (`bayes`), each with its chance level from the same
code. This module gives them all, for any layer (LL, MON, TS).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lateralnet.measures.bayes import BayesDecoding, bayes_decoding
from lateralnet.measures.body_map import BodyFixedMap, body_fixed_map
from lateralnet.measures.order import PlaceOrder, place_order
from lateralnet.measures.rate_maps import RateMap, rate_map
from lateralnet.measures.statistics.chance import Chance
from lateralnet.measures.topology import coupled_chances, distance_order
from lateralnet.parameters.rules import DECODING_WINDOW_S
from lateralnet.records.sweep import Sweep

__all__ = [
    "BayesDecoding",
    "BodyFixedMap",
    "Chance",
    "MapQuality",
    "PlaceOrder",
    "RateMap",
    "Sweep",
    "bayes_decoding",
    "body_fixed_map",
    "map_quality",
    "place_order",
    "rate_map",
]


@dataclass(frozen=True)
class MapQuality:
    """All measures of one map.

    Attributes
    ----------
    body : BodyFixedMap
    order : PlaceOrder
    bayes : BayesDecoding
    distance_order : float
        Order that sees folds, see `lateralnet.measures.topology`.
    spearman_coupled, distance_order_coupled : Chance
        Of |Spearman| and of that order, from blocks of coupled cells.
    """

    body: BodyFixedMap
    order: PlaceOrder
    bayes: BayesDecoding
    distance_order: float
    spearman_coupled: Chance
    distance_order_coupled: Chance

    def scalars(self) -> dict[str, float]:
        """Return every number of the map as a flat dictionary, chance levels included."""
        body, order, bayes = self.body, self.order, self.bayes
        values: dict[str, float] = {
            "rms_error_cm": body.rms_error_cm,
            "median_error_cm": body.median_error_cm,
            "mean_error_cm": body.mean_error_cm,
            "bias_cm": body.bias_cm,
            "sigma_bias_rad": body.sigma_bias_rad,
            "linear_rms_error_cm": body.linear_rms_error_cm,
            "linear_median_error_cm": body.linear_median_error_cm,
            "valid_fraction_body": body.valid_fraction,
            "spearman": order.spearman,
            "cells_near_diagonal": order.cells_near_diagonal,
            "spikes_near_diagonal": order.spikes_near_diagonal,
            "active_cells": order.active_cells,
            "mean_modes": order.mean_modes,
            "multimodal_fraction": order.multimodal_fraction,
            "bayes_rms_error_cm": bayes.rms_error_cm,
            "bayes_median_error_cm": bayes.median_error_cm,
            "calibrated_rms_error_cm": body.calibrated_rms_error_cm,
            "bayes_mid_rms_error_cm": bayes.mid_rms_error_cm,
            "distance_order": self.distance_order,
            "spearman_coupled_chance": self.spearman_coupled.mean,
            "spearman_coupled_p": self.spearman_coupled.p_value,
        }
        for name, chance in (
            ("rms_error_cm", body.chance),
            ("linear_rms_error_cm", body.linear_chance),
            ("calibrated_rms_error_cm", body.calibrated_chance),
            ("spearman", order.spearman_chance),
            ("cells_near_diagonal", order.cells_chance),
            ("spikes_near_diagonal", order.spikes_chance),
            ("bayes_rms_error_cm", bayes.chance),
            ("bayes_median_error_cm", bayes.median_chance),
            ("bayes_mid_rms_error_cm", bayes.mid_chance),
            ("mean_modes", order.modes_chance),
            ("multimodal_fraction", order.multimodal_chance),
            ("distance_order", self.distance_order_coupled),
        ):
            values[f"{name}_chance"] = chance.mean
            values[f"{name}_chance_sd"] = chance.sd
            values[f"{name}_p"] = chance.p_value
        return values


def map_quality(
    sweeps: Sequence[Sweep],
    *,
    body_length_cm: float,
    n_shuffles: int = 100,
    seed: int = 0,
    coupled_cells: int = 1,
    window_s: float = DECODING_WINDOW_S,
) -> MapQuality:
    """Measure a map in every way; parameters are those of `body_fixed_map`.

    `coupled_cells` is how many neighbours are no independent witnesses of order.
    """
    body = body_fixed_map(
        sweeps, body_length_cm=body_length_cm, n_shuffles=n_shuffles, seed=seed, window_s=window_s
    )
    order = place_order(sweeps, body_length_cm=body_length_cm, n_shuffles=n_shuffles, seed=seed)
    bayes = bayes_decoding(
        sweeps, body_length_cm=body_length_cm, n_shuffles=n_shuffles, seed=seed, window_s=window_s
    )
    active = np.flatnonzero(np.isfinite(order.preferred_cm))
    coupled = coupled_chances(
        order.preferred_cm, coupled_cells=coupled_cells, n_shuffles=n_shuffles, seed=seed
    )
    return MapQuality(
        body=body,
        order=order,
        bayes=bayes,
        distance_order=distance_order(active, order.preferred_cm[active]),
        spearman_coupled=coupled[0],
        distance_order_coupled=coupled[1],
    )
