"""The room that computes steps: one network's state in, spikes and the next state out.

It knows the rules and the layouts of weights in memory (tables of neighbours, dense arrays).
It must not know inputs' files, random generators, recordings, figures or the command line.
"""
