"""Studies: many runs of one design, on one machine or a cluster, and what they say together.

Importing this package loads neither Brian2 nor Matplotlib nor Dask.
"""
