"""Runtimes for one Brian2 definition: cpp, cuda, genn and Brian2's own runtime target.

A *program* is one definition built for one device; it is built once, cached by content, and run
many times. The contract is in `base`, the devices are siblings, `registry` finds them.
"""
