"""Aligned tables: columns, and what gives way where the terminal is too narrow."""

import pytest

from lateralnet.text_table import aligned, markdown

ROWS = [["cell", "rate"], ["", "Hz"], ["TS", "5.0"], ["MON, all", "12.0"]]


def test_words_stand_left_and_numbers_right():
    assert aligned(ROWS, heads=2, words=(0,)).splitlines() == [
        "cell      rate",
        "            Hz",
        "--------------",
        "TS         5.0",
        "MON, all  12.0",
    ]
    assert aligned([["a", "b"], ["cc", "d"]]).splitlines() == ["a   b", "-----", "cc  d"]
    assert aligned([["a", "b"], ["cc", "d"]], heads=0).splitlines() == ["a   b", "cc  d"]


@pytest.mark.parametrize(("width", "gap", "first"), [(14, 2, 8), (13, 1, 8), (12, 1, 7)])
def test_gaps_give_way_first_and_then_the_words(width, gap, first):
    lines = aligned(ROWS, heads=2, words=(0,), width=width).splitlines()
    assert max(map(len, lines)) == width == first + gap + 4
    name = "MON, all" if first == 8 else "MON, a…"
    assert lines[-1] == name + " " * gap + "12.0"


def test_words_keep_six_letters():
    assert aligned(ROWS, heads=2, words=(0,), width=3).splitlines()[-1] == "MON, … 12.0"
    short = [["ab", "1234567"]]
    assert aligned(short, heads=0, words=(0,), width=5) == "ab 1234567"


def test_markdown():
    assert markdown([["a", "bb"], ["ccc", "d"]]) == [
        "| a   | bb |",
        "|-----|----|",
        "| ccc | d  |",
    ]
