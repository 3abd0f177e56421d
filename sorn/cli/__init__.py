"""The room of the command line: flags and files to arguments, results to files and text.

It knows the public interface of the package and click.
It must not know engines; nothing imports it but the program that starts it.
"""

from sorn.cli.simulate import sorn

__all__ = ["sorn"]
