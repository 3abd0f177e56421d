"""The room of readouts: what is learned from a network's activity, and adapters to other libraries.

It knows the network's public interface, NumPy, scikit-learn and ReservoirPy.
It must not know engines, tasks, figures or the command line.
"""
