"""lateralnet: how a fish's lateral line could grow a map of the water around it.

Importing this package loads neither Brian2 nor Matplotlib.
"""

from lateralnet.params import NetworkParams
from lateralnet.presets import preset

__version__ = "0.1.0"
__all__ = ["NetworkParams", "__version__", "preset"]
