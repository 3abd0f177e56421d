"""Small designs, and sweeps of them with the stand-in for the simulation."""

from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.workplaces import LocalWorkplace
from lateralnet.studies.sweeps import sweep_design
from tests.studies.fake_work import WORK

DEVICE = "runtime"  # resolved but never used by the stand-in


def design(distances=(0.6, 0.8), seeds=(1, 2), **rest):
    return Design(mode="ll_fast", axes=(Axis("distance_cm", distances),), seeds=seeds, **rest)


def run(folder, what, **rest):
    rest.setdefault("workplace", LocalWorkplace(2))
    return sweep_design(what, folder, DEVICE, work=WORK, **rest)
