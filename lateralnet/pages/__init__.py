"""Pages: HTML files that show a run or a sweep offline.

Knows texts, tables and pictures; it must not compute a result.
"""
