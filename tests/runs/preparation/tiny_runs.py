"""Runs of the tiny network, and how they are stopped."""

import sys

from lateralnet.runs import job as seed_run
from lateralnet.runs import jobs, saving

DEVICE, TRIALS = "cpp", 6


def tree(folder):
    """Bytes of every file, the lock aside: its owner may have taken and left it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def command(*arguments):
    return [sys.executable, "-m", "lateralnet", *arguments]


class Stop(KeyboardInterrupt):
    """Ctrl-C, distinguishable from one at the keyboard."""


def stop_at(monkeypatch, seed, trials=4):
    """Interrupt the training of a seed after some trials, in this process."""
    original = saving.save_checkpoint

    def save(path, checkpoint, params, *rest, **options):
        original(path, checkpoint, params, *rest, **options)
        if params.seed >= seed and checkpoint.trials_done >= trials:
            raise Stop

    monkeypatch.setattr(saving, "save_checkpoint", save)
    monkeypatch.setattr(saving, "PERIOD_S", 0.0)  # every segment is written


def jobs_in_this_process(monkeypatch):
    monkeypatch.setattr(
        jobs, "run_in_process", lambda job, progress, holds: seed_run.run_job(job, progress)
    )
