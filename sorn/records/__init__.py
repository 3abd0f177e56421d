"""The room at the border of a run: what drives a network step by step, and what is written down.

It knows arrays and files of inputs, and what an engine hands back.
It must not know how a step is computed, random generators or figures.
"""
