"""Figures of studies: sweeps, learning curves of many trainings, evidence for learning.

Knows tables of results; it must not know how they were computed.
"""
