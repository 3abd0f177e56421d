"""The README tells what the code does."""

import re
from pathlib import Path

from lateralnet.parameters.flags import with_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_flags_table_is_the_one_of_the_code():
    assert with_table(README) == README, "renew it: python -m lateralnet.parameters.flags README.md"


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_the_two_commands_are_make_targets():
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.M)
    assert "make test" in (ROOT / ".ci/run").read_text()
