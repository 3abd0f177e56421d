"""Measures: how good a map is, in numbers, each beside its chance level.

Knows spikes, positions and statistics; it must not know how a network was trained, nor files.
"""

from lateralnet.measures.bayes import bayes_decoding
from lateralnet.measures.body_map import body_fixed_map
from lateralnet.measures.decoding import population_vector
from lateralnet.measures.ideal_observer import closed_form_bound, numeric_bound, sweep_bound_cm
from lateralnet.measures.order import place_order
from lateralnet.measures.quality import map_quality
from lateralnet.measures.rate_maps import rate_map
from lateralnet.measures.tuning_width import tuning_width_cm

__all__ = [
    "bayes_decoding",
    "body_fixed_map",
    "closed_form_bound",
    "map_quality",
    "numeric_bound",
    "place_order",
    "population_vector",
    "rate_map",
    "sweep_bound_cm",
    "tuning_width_cm",
]
