"""The command line: it translates, and nothing imports it.

It knows flags, texts and exit codes, one file for each group of commands; it must not know how
anything is computed, stored or drawn.
"""
