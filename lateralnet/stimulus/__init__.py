"""Stimulus: the water around a moving sphere, as rates of the lateral-line afferents (LL).

Knows hydrodynamics, receptors and their noise, and the order of held snapshots; it must not know
neurons, synapses or an engine.
"""

from lateralnet.stimulus.drives import training_drive
from lateralnet.stimulus.hydrodynamics import velocity
from lateralnet.stimulus.own import Recording, Stimulus
from lateralnet.stimulus.sweeps import held_drive, sweep_drive, test_drive

__all__ = [
    "Recording",
    "Stimulus",
    "held_drive",
    "sweep_drive",
    "test_drive",
    "training_drive",
    "velocity",
]
