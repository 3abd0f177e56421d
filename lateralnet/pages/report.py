"""One HTML file that shows a run or a sweep: readable offline, in any browser."""

from __future__ import annotations

from pathlib import Path

from lateralnet.errors import InputError
from lateralnet.pages.run_report import run_page
from lateralnet.pages.sweep_report import sweep_page
from lateralnet.records.storage import write_bytes


def write_report(folder: Path, output: Path) -> None:
    """Write the report of the run or sweep in a folder.

    Raises
    ------
    InputError
        When the folder is neither.
    StorageError
        When the file cannot be written.
    """
    if (folder / "sweep.json").is_file():
        text = sweep_page(folder)
    elif (folder / "params.json").is_file():
        text = run_page(folder)
    else:
        raise InputError(f"{folder} is neither a run (no params.json) nor a sweep (no sweep.json).")
    write_bytes(output, text.encode())
