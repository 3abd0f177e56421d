"""Shared: what several commands use: switches, options, types, progress, workplaces.

Knows click and how a terminal is talked to; it must not know any command, nor what one computes.
"""

from lateralnet.cli.shared.common import complain, noter, print_json
from lateralnet.cli.shared.options import device_options, mode_option, parameter_options
from lateralnet.cli.shared.progress import ProgressLine
from lateralnet.cli.shared.study_progress import SweepProgress
from lateralnet.cli.shared.workplace import place_options, workplace

__all__ = [
    "ProgressLine",
    "SweepProgress",
    "complain",
    "device_options",
    "mode_option",
    "noter",
    "parameter_options",
    "place_options",
    "print_json",
    "workplace",
]
