"""Execution: tasks of a sweep in processes of their own, on this machine or a cluster.

Knows workers, crashes and second attempts; it must not know what is done with the results.
"""
