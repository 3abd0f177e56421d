"""A real Dask scheduler with real worker processes on loopback, and what may befall them."""

import contextlib
import importlib.util
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

pytest.importorskip("distributed", reason="Dask is not installed (extra cluster)")

from lateralnet.errors import InputError, SimulationError
from lateralnet.studies.design import Axis, Design
from lateralnet.studies.execution.dask_cluster import DaskWorkplace, open_connection, start_cluster
from lateralnet.studies.results.store import SweepStore
from lateralnet.studies.sweeps import sweep_design
from tests.studies.fake_work import WORK, computed

DEVICE = "runtime"
FAILING_SEED = 7


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A scheduler and workers as processes, which can be killed."""

    def __init__(self, **environment):
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        path = os.pathsep.join(p for p in sys.path if p)
        self.environment = {**os.environ, "PYTHONPATH": path, **environment}
        self.workers, self._started = [], []
        self.scheduler = None

    def _start(self, module, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._started.append(process)
        return process

    def start_scheduler(self):
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port)
        )

    def start_worker(self, *more, **environment):
        self.environment |= environment
        worker = self._start(
            "dask_worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny",
            *more,
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def stop(self):
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def cluster():
    made = Cluster(LATERALNET_STAND_IN_FAILS=str(FAILING_SEED), LATERALNET_STAND_IN_S="0.05")
    yield made
    made.stop()


def wait_until(condition, timeout_s=60.0):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def design(n):
    return Design(mode="ll_fast", axes=(Axis("distance_cm", (0.8,)),), seeds=tuple(range(n)))


def test_no_point_is_lost_and_none_is_double_when_workers_and_scheduler_die(cluster, tmp_path):
    folder, n = tmp_path / "s", 20
    cluster.start_scheduler()
    for _ in range(3):
        cluster.start_worker()
    done = SweepStore(folder).result_ids

    def trouble():
        assert wait_until(lambda: len(done()) >= 4)
        cluster.workers[0].send_signal(signal.SIGKILL)
        assert wait_until(lambda: len(done()) >= 9)
        for process in (cluster.scheduler, *cluster.workers):
            process.send_signal(signal.SIGKILL)
        cluster.start_scheduler()
        cluster.start_worker()
        cluster.start_worker()
        calm.append(True)

    calm, notes = [], []
    thread = threading.Thread(target=trouble)
    thread.start()
    place = DaskWorkplace(cluster.address, patience_s=60.0)
    outcome = sweep_design(
        design(n), folder, DEVICE, workplace=place, work=WORK, on_note=notes.append
    )
    thread.join()
    assert calm
    assert any("connecting again" in note for note in notes)
    assert list(outcome.failed.values()) == [f"seed {FAILING_SEED} fails, as it was told to."]
    assert outcome.computed == n - 1
    store = SweepStore(folder)
    assert len(store.result_ids()) == n - 1
    assert all(store.read_result(point) for point in store.result_ids())
    # Killed in the middle, a point is begun again; to its end it was computed once.
    assert set(Counter(computed(folder)).values()) == {1}


def test_tasks_wait_for_a_worker_with_the_resource(cluster, tmp_path):
    cluster.start_scheduler()
    # A task that goes to the worker without the resource fails there.
    cluster.start_worker("--name", "plain", LATERALNET_STAND_IN_FAILS="0,1,2")
    cluster.start_worker("--name", "gpu", "--resources", "GPU=1", LATERALNET_STAND_IN_FAILS="")
    place = DaskWorkplace(cluster.address, resources={"GPU": 1}, patience_s=60.0)
    place.connect()
    assert wait_until(lambda: len(place._client.nthreads()) == 2)
    outcome = sweep_design(design(3), tmp_path / "s", DEVICE, workplace=place, work=WORK)
    assert outcome.computed == 3


def test_a_scheduler_that_cannot_be_reached_is_one_sentence(tmp_path):
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(SimulationError, match=r"cannot be reached.*begin with tcp:// or tls://"):
        sweep_design(
            design(2), tmp_path / "s", DEVICE, work=WORK,
            workplace=DaskWorkplace(address, patience_s=1.0),
        )  # fmt: skip


def test_an_open_connection_is_said():
    notes = []
    DaskWorkplace("tcp://10.0.0.5:8786", on_note=notes.append)
    assert "run any code" in notes[0]
    for address in ("tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"):
        assert "every user of this machine can run any code" in open_connection(address)
    assert open_connection("tls://10.0.0.5:8786") == ""


def test_the_cluster_of_a_sweep_demands_its_certificate_and_shows_no_dashboard(tmp_path):
    place = start_cluster("local", 1, {}, private_folder=tmp_path / "private")
    try:
        assert place.address.startswith("tls://127.0.0.1:")
        listening = [port for pid in _descendants(os.getpid()) for port in _listening(pid)]
        assert len(listening) >= 3  # scheduler, nanny and worker
        assert {host for host, _ in listening} == {"0100007F"}
        spoken = {_speaks(port) for _, port in listening}
        assert "dashboard" not in spoken
        scheduler = int(place.address.rpartition(":")[2])
        # It may hang up before its reason arrives, on a busy machine: asked again, it says it.
        assert any(_speaks(scheduler) == "TLS with certificates" for _ in range(20))
        stranger = DaskWorkplace(place.address.replace("tls", "tcp"), patience_s=1.0)
        with pytest.raises(SimulationError, match="cannot be reached"):
            stranger.connect()
        outcome = sweep_design(design(2), tmp_path / "s", DEVICE, workplace=place, work=WORK)
    finally:
        place.close()
    assert outcome.computed == 2
    with pytest.raises(InputError, match="known: local, slurm"):
        start_cluster("kubernetes", 1, {}, private_folder=tmp_path / "private")


def _speaks(port):
    """Say what answers on a port to somebody without a certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain) as wrapped:
                wrapped.sendall(b"x" * 8)
                wrapped.recv(1)
                return "TLS for everybody"
        except ssl.SSLError as error:
            if "CERTIFICATE_REQUIRED" in str(error).upper():
                return "TLS with certificates"
        except OSError:
            pass
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"GET /status HTTP/1.0\r\n\r\n")
        with contextlib.suppress(OSError):
            return "dashboard" if b" 200 " in plain.recv(100) else "something else"
    return "something else"


def _descendants(pid):
    """Return a process and all that came from it."""
    found = [pid]
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.scandir(f"/proc/{pid}/task"):
            with open(f"{thread.path}/children") as handle:
                for child in handle.read().split():
                    found += _descendants(int(child))
    return found


def _listening(pid):
    """Return the addresses (in hexadecimal) and ports on which a process listens, if it lives."""
    inodes, found = set(), []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(entry.path)
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
        for table in ("tcp", "tcp6"):
            with open(f"/proc/{pid}/net/{table}") as handle:
                rows = [line.split() for line in list(handle)[1:]]
            rows = [row[1].split(":") for row in rows if row[3] == "0A" and row[9] in inodes]
            found += [(host, int(port, 16)) for host, port in rows]
    return found


# As SLURM does, it keeps the script before it returns: dask-jobqueue deletes it then.
SBATCH = """#!/bin/sh
cp "$1" "$0.job.$$"
sh "$0.job.$$" > "$0.log.$$" 2>&1 &
echo "Submitted batch job $!"
"""


@pytest.mark.timeout(180)
def test_a_slurm_cluster_demands_the_certificate_of_the_sweep(tmp_path, monkeypatch):
    """With commands that stand in for SLURM's: jobs are processes here, the rest is real."""
    # Not imported here: that would take Ctrl-C from the tests that follow, and hide what is tested.
    if importlib.util.find_spec("dask_jobqueue") is None:
        pytest.skip("dask-jobqueue is not installed (extra cluster)")
    pytest.importorskip("cryptography", reason="cryptography is not installed (extra cluster)")
    commands, jobs = tmp_path / "bin", tmp_path / "jobs"
    commands.mkdir()
    jobs.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", "#!/bin/sh\nkill $1\n")):
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
    private = tmp_path / "private"
    before = signal.getsignal(signal.SIGINT)
    options = {"queue": "short", "walltime": "00:10:00", "memory": "1GB", "interface": "lo"}
    place = start_cluster("slurm", 1, options, private_folder=private, patience_s=60.0)
    assert signal.getsignal(signal.SIGINT) is before
    try:
        assert place.address.startswith("tls://")
        assert private.stat().st_mode & 0o077 == 0
        stranger = DaskWorkplace(place.address.replace("tls", "tcp"), patience_s=1.0)
        with pytest.raises(SimulationError, match="cannot be reached"):
            stranger.connect()
        outcome = sweep_design(design(3), tmp_path / "s", DEVICE, workplace=place, work=WORK)
    finally:
        place.close()
    assert outcome.computed == 3 and not outcome.failed
    assert not private.exists()
