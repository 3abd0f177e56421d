"""Device runtime: Brian2's own NumPy target, which needs no compiler.

Knows how to run the definition step by step; it must not know other devices or the science.
"""
