"""Learning: training as a loop of segments, the tests around it, and controls without it.

Knows plasticity between segments, checkpoints and learning curves; it must not know folders of
runs, several processes or the command line.
"""

from lateralnet.learning.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from lateralnet.learning.controls import run_controls
from lateralnet.learning.test_sweeps import run_test
from lateralnet.learning.training import Trained, train

__all__ = [
    "Checkpoint",
    "Trained",
    "load_checkpoint",
    "run_controls",
    "run_test",
    "save_checkpoint",
    "train",
]
