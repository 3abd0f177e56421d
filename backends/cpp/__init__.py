"""Device cpp: Brian2's C++ standalone mode, for every machine with a C++ compiler.

Knows templates, flags and one-file compilation; it must not know other devices or the science.
"""
