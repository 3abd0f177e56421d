"""The version of lateralnet, said once."""

__version__ = "0.1.0"
