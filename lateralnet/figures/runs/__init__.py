"""Figures of a run: each module draws some of its files from one seed's record.

Knows axes and marks; it must not know engines, and never simulates.
"""
