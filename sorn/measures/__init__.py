"""The room of measures: numbers from spike trains and weights.

It knows arrays of shape (time, neurons) and nothing of where they come from.
It must not know networks, engines, figures or the command line.
"""
