"""CartPole: the documented example, with the scores of its episodes.

Runs the code block of docs/sorn_usage.md; only the number of episodes differs. The environment is
not seeded there, so the scores differ a little from run to run.

Usage: python benchmarks/sorn/cartpole.py [--episodes 4000] [--seeds 1 2 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
from pathlib import Path

import numpy as np
from report import write_report

PAGE = Path(__file__).parents[2] / "docs" / "sorn_usage.md"


def scores(episodes: int, seed: int) -> np.ndarray:
    """Score of each episode."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    example = next(block for block in blocks if "gymnasium" in block)
    printed = io.StringIO()
    np.random.seed(seed)  # noqa: NPY002 - the example draws from the global generator
    with contextlib.redirect_stdout(printed):
        exec(example.replace("int(2e6)", str(episodes)), {})
    found = re.findall(r"Score ([\d.]+)", printed.getvalue())
    return np.array([float(score) for score in found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=4000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--json", help="write the result here")
    arguments = parser.parse_args()
    result = {}
    for seed in arguments.seeds:
        parts = np.array_split(scores(arguments.episodes, seed), 8)
        result[f"seed {seed}"] = {
            "mean_score_by_eighth": [round(float(part.mean()), 2) for part in parts],
            "standard_error": round(float(parts[-1].std() / np.sqrt(len(parts[-1]))), 2),
        }
    write_report({"arguments": vars(arguments), "result": result}, arguments.json)


if __name__ == "__main__":
    main()
