"""Draw docs/figures/does-it-learn.png from a run and from the evidence.

lateralnet run --mode ll_learn --seed-start 401 --run-name learn --device cpp
python benchmarks/learning_figure.py Runs/learn benchmarks/results/learning/evidence.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lateralnet import load
from lateralnet.figures.studies.learning_evidence import draw_learning
from lateralnet.figures.style import save, styled
from lateralnet.records.storage import make_folder, read_json


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("evidence", type=Path)
    parser.add_argument("--output", type=Path, default=Path("docs/figures/does-it-learn.png"))
    parser.add_argument("--heading", default="Does it learn?")
    given = parser.parse_args()
    make_folder(given.output.parent)
    with styled():
        figure = draw_learning(
            read_json(given.evidence), load(given.run_folder).seeds[0], given.heading
        )
        save(figure, given.output)
    print(given.output)


if __name__ == "__main__":
    main()
