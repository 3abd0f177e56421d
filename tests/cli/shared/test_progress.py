"""Progress: the time left without building, a line in a file, nothing when quiet."""

import io

import pytest

from lateralnet.cli.shared.progress import ProgressLine, TimeLeft, progress_text
from lateralnet.runs.shares import Shares
from tests.tiny import tiny


class Clock:
    """Seconds that go on when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(stream_class, *, quiet=False):
    clock, stream = Clock(), stream_class()
    return ProgressLine(quiet=quiet, stream=stream, clock=clock), clock, stream


def test_the_time_left_does_not_count_building():
    left = TimeLeft()
    assert left.at(0.0, 0.0) is None  # wiring
    assert left.at(1.0, 0.0) is None  # building, 60 s
    assert left.at(61.0, 0.0) is None  # training begins
    assert left.at(63.0, 0.1) == pytest.approx(18.0)
    assert left.at(71.0, 0.5) == pytest.approx(10.0)
    assert left.at(73.0, 0.5) == pytest.approx(12.0)  # it stands still: the pace falls


def test_seconds_are_shown_while_the_program_is_built():
    progress, clock, stream = told(Terminal)
    progress("building the program", 0.0)
    assert stream.getvalue() == ""  # nothing in the first two seconds
    clock.now += 12.0
    progress.refresh()
    assert stream.getvalue() == "\rbuilding the program, 12 s"
    progress("training, trial 0 of 10", 0.0)
    clock.now += 4.0
    progress("training, trial 2 of 10", 0.2)
    last = stream.getvalue().rpartition("\r")[2]
    assert last == "training, trial 2 of 10  [####................]  20 %, about 16 s left"
    clock.now += 3.0
    progress.refresh()
    assert "about 13 s left" in stream.getvalue().rpartition("\r")[2]


def test_a_shorter_line_covers_a_longer_one():
    progress, clock, stream = told(Terminal)
    clock.now += 3.0
    progress("building the program", 0.0)
    progress("wiring", 0.0)
    assert stream.getvalue().rpartition("\r")[2] == "wiring, 0 s".ljust(
        len("building the program, 0 s")
    )


def test_no_percentage_stands_at_a_hundred_while_something_is_done():
    progress, clock, stream = told(Terminal)
    clock.now += 3.0
    progress("training, trial 9 of 10", 0.5)
    clock.now += 3.0
    progress("training, trial 10 of 10", 0.9)
    progress("drawing figures", 1.0)
    clock.now += 7.0
    progress.refresh()
    assert stream.getvalue().rpartition("\r")[2].rstrip() == "drawing figures, 7 s"
    assert "100 %" not in stream.getvalue()


def test_a_file_gets_each_stage_and_a_line_every_30_seconds():
    progress, clock, stream = told(io.StringIO)
    progress("wiring", 0.0)
    assert stream.getvalue() == ""
    clock.now += 2.0
    progress("building the program", 0.0)
    progress("training, trial 0 of 100", 0.0)
    for trial in range(1, 71):
        clock.now += 1.0
        progress(f"training, trial {trial} of 100", trial / 100)
        progress.refresh()
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["building the program, 0 s", "training, trial 0 of 100, 0 s"]
    assert [line.partition("  ")[0] for line in lines[2:]] == [
        "training, trial 30 of 100", "training, trial 60 of 100",
    ]  # fmt: skip
    assert lines[2].endswith("30 %, about 70 s left")


def test_a_file_gets_a_line_where_nothing_is_told_for_long():
    progress, clock, stream = told(io.StringIO)
    clock.now += 2.0
    progress("building the program", 0.0)
    clock.now += 45.0
    progress.refresh()
    assert stream.getvalue().splitlines()[1:] == ["building the program, 45 s"]


def test_stages_that_alternate_are_told_once():
    progress, clock, stream = told(io.StringIO)
    clock.now += 2.0
    for _ in range(5):
        progress("training, seed 1, trial 1 of 9", 0.1)
        progress("testing", 0.1)
    assert len(stream.getvalue().splitlines()) == 2


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_quiet_says_nothing(kind):
    progress, clock, stream = told(kind, quiet=True)
    with progress:
        progress("training, trial 1 of 2", 0.5)
        clock.now += 100.0
        progress("drawing figures", 1.0)
        progress.refresh()
    assert stream.getvalue() == ""


def test_the_line_of_a_terminal_is_ended():
    progress, clock, stream = told(Terminal)
    with progress:
        clock.now += 3.0
        progress("wiring", 0.0)
    assert stream.getvalue().endswith("\n")


def test_text():
    assert progress_text("testing", 0.9, 3.0, None) == "testing, 3 s"
    assert progress_text("testing", 1.0, 3.0, 0.0) == "testing, 3 s"
    assert progress_text("testing", 0.9, 40.0, 0.0).endswith("  90 %, 40 s")


def test_a_stage_that_takes_longer_than_thought_shows_its_seconds():
    progress, clock, stream = told(Terminal)
    progress("training, trial 0 of 10", 0.0)
    clock.now += 10.0
    progress("testing controls", 0.5)  # about 10 s left
    clock.now += 25.0
    progress.refresh()
    assert stream.getvalue().rpartition("\r")[2].rstrip().endswith("50 %, 25 s")


@pytest.mark.parametrize("controls", [(), ("rate-matched", "shuffled")])
def test_shares_grow_and_stay_below_one(controls):
    p = tiny()
    for first in (0, 4):
        shares = Shares(p, first, controls)
        told = [shares.at(tests=0, trials=first), shares.at(tests=1, trials=first)]
        told += [shares.at(tests=1, trials=t) for t in range(first + 1, p.n_training_trials + 1)]
        told += [
            shares.at(tests=n, trials=p.n_training_trials) for n in range(2, 3 + len(controls))
        ]
        assert told[0] == 0.0 and told[-1] < 1.0
        assert sorted(set(told)) == told


def test_a_command_without_stderr_shows_nothing(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    with ProgressLine(quiet=False) as progress:
        progress("training, trial 1 of 2", 0.5)
