"""Preparation: all that is checked, counted and claimed before a run computes anything.

Knows options, descriptions, cost, the folder's owner and what a resume does; it must not know
how a seed is computed, nor what came out of it.
"""

from lateralnet.runs.preparation.claim import Claim, claim_for
from lateralnet.runs.preparation.cost import cost_of, refuse_what_cannot_fit
from lateralnet.runs.preparation.options import RunOptions
from lateralnet.runs.preparation.provenance import call_text, provenance
from lateralnet.runs.preparation.resuming import starts_of

__all__ = [
    "Claim",
    "RunOptions",
    "call_text",
    "claim_for",
    "cost_of",
    "provenance",
    "refuse_what_cannot_fit",
    "starts_of",
]
