"""``python -m lateralnet``."""

from lateralnet.cli.program import main

main()
