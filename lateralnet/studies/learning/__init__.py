"""Learning: does the map get better by learning, over seeds, with controls and ablations?

Knows the experiment, its statistics and its text; it must not know figures.
"""
