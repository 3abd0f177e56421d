"""``python -m lateralnet``."""

from lateralnet.cli import main

main()
