"""The README tells what the code does, in what a newcomer reads in two minutes."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_it_is_short():
    assert len(README.split()) < 600


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_two_commands_are_make_targets():
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "test", "docs"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.M)
    run = (ROOT / ".ci/run").read_text()
    assert all(command in run for command in ("make lint", "make docs", "-m pytest"))
