"""Device genn: Brian2GeNN with GeNN 4.

Knows GeNN's sources, generator and quirks; it must not know other devices or the science.
"""
