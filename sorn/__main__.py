"""``python -m sorn``: the command group ``sorn``."""

from sorn.cli import sorn

sorn(prog_name="python -m sorn")
