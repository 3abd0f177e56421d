"""The command line: it translates, and nothing imports it.

Results go to stdout, talk to stderr. Exit codes: 0 done, 1 failed, 2 wrong input, 3 device
cannot run, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import click

from backends.host.stopping import stop_on_signals
from lateralnet.cli.shared.common import (
    complain,
    show_warnings,
)
from lateralnet.cli.topics import Commands
from lateralnet.errors import LateralnetError
from lateralnet.threads import use_one_blas_thread
from lateralnet.version import __version__


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lateralnet")
def cli() -> None:
    """Simulate how a fish's lateral line could grow a map of the water around it."""


def main() -> None:
    """Entry point: errors in one sentence, exit codes as documented above."""
    use_one_blas_thread()
    stop_on_signals()
    show_warnings()
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LateralnetError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as error:  # Click turns the first into the second
        reason = error.__cause__ or error.__context__ or error
        click.echo(f"\n{str(reason) or 'interrupted.'}", err=True)
        sys.exit(128 + getattr(reason, "signal", 2))
    except OSError as error:  # of the output itself; files have errors of their own
        if not isinstance(error, BrokenPipeError):
            what = f" {error.filename}" if error.filename else " the output"
            complain(f"cannot write{what}: {error.strerror or error}.")
        # What is still buffered cannot be written either: nothing is said of it at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
