"""The room of the command line: flags and files to arguments, results to files and text.

It knows the public interface of the package and click.
It must not know engines; nothing imports it but the program that starts it.
"""

import click

from sorn.cli.simulate import simulate
from sorn.cli.task import task


@click.group("sorn")
def sorn() -> None:
    """Self-organising recurrent network with five plasticity rules."""


sorn.add_command(simulate)
sorn.add_command(task)

__all__ = ["sorn"]
