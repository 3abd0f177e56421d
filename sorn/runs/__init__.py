"""Runs: how a network is run, what runs it stretch by stretch, and how far it is.

Knows engines, inputs and random numbers; it must not know what a network shows of itself, nor
readouts, tasks and plots.
"""
