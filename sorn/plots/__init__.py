"""The room of figures: spike trains, weights and correlations drawn with matplotlib.

It knows arrays and measures, and draws into a figure of its own or the caller's axes.
It must not know networks or engines, and never simulates.
"""
