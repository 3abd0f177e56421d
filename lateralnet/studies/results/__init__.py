"""Results: what a sweep found, as files, tables and summaries.

Knows one file per point and how points become rows; it must not know how they were computed.
"""
