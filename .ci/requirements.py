"""Print the dependencies of pyproject.toml for a Python: ``requirements.py 3.10 lowest|any``.

With ``lowest``, each is pinned to the lowest version that it declares.
"""

import re
import sys
from pathlib import Path

import tomllib
from packaging.requirements import Requirement

version, which = sys.argv[1:]
project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
environment = {"python_version": version, "python_full_version": f"{version}.0"}
for text in project["dependencies"]:
    requirement = Requirement(text)
    if requirement.marker is not None and not requirement.marker.evaluate(environment):
        continue
    lowest = re.search(r">=\s*([\w.]+)", str(requirement.specifier))
    if which == "lowest" and lowest:
        print(f"{requirement.name}=={lowest[1]}")
    else:
        print(f"{requirement.name}{requirement.specifier}")
