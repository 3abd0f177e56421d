"""Tasks on a Dask cluster: a scheduler that is there, or one started through a batch system.

A Dask scheduler runs the code of everybody who can reach it, on one machine all its users. So
what is started here demands the certificate that was made for this sweep, and shows no
dashboard. A scheduler that is there already is reached with Dask's own TLS settings
(``distributed.comm.tls``).
"""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import logging
import shutil
import signal
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from lateralnet.errors import InputError, LateralnetError, SimulationError
from lateralnet.records.storage import make_folder

_TASKS_PER_WORKER = 3  # waiting at each, so that none is ever without work
_LEAST_WINDOW = 32
_CLUSTERS = ("local", "slurm")
_INSTALL = "pip install 'lateralnet[cluster]'"


class DaskWorkplace:
    """Workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://127.0.0.1:8786`` or ``tls://host:8786``.
    resources : dict
        What a task occupies of a worker, such as ``{"GPU": 1}``.
    patience_s : float
        How long to wait for the scheduler, at the start and after it was lost.
    on_note : callable
        Called with sentences for the user.
    cluster : object, optional
        A Dask cluster that belongs to this sweep and is closed with it.
    private_folder : Path, optional
        Where its certificates lie; removed with it.
    """

    def __init__(
        self,
        address: str,
        *,
        resources: dict[str, float] | None = None,
        patience_s: float = 30.0,
        on_note: Callable[[str], None] = lambda note: None,
        cluster: Any = None,
        private_folder: Path | None = None,
    ) -> None:
        require_dask()
        self.address = address
        self._resources, self._patience_s, self._note = resources or {}, patience_s, on_note
        self._cluster: Any = cluster
        self._private_folder = private_folder
        self._client: Any = None
        self._window, self._counted_at = _LEAST_WINDOW, 0.0
        warning = open_connection(address)
        if warning and cluster is None:
            on_note(warning)

    @property
    def window(self) -> int:
        """Tasks to hand over at once: a few for each worker, whatever the size of the sweep."""
        if self._client is not None and time.monotonic() - self._counted_at > 2.0:
            self._counted_at = time.monotonic()
            with contextlib.suppress(Exception):  # a lost scheduler shows itself at submit
                threads = sum(self._client.nthreads().values())
                self._window = max(_LEAST_WINDOW, _TASKS_PER_WORKER * threads)
        return self._window

    def connect(self) -> Executor:
        """Return an executor on the scheduler, waiting for it as long as `patience_s`.

        Raises
        ------
        SimulationError
            When it cannot be reached.
        """
        from distributed import Client

        # What becomes of the connection is said here, in one sentence instead of tracebacks.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self._disconnect()
        deadline = time.monotonic() + self._patience_s
        while True:
            left_s = max(1.0, deadline - time.monotonic())
            try:
                self._client = Client(
                    self._cluster or self.address, timeout=left_s, set_as_default=False
                )
                break
            except Exception as error:
                if time.monotonic() >= deadline:
                    raise SimulationError(
                        f"the scheduler {self.address} cannot be reached "
                        f"({' '.join(str(error).split())[:160] or type(error).__name__}); is it "
                        "running, and does its address begin with tcp:// or tls:// as it does?"
                    ) from None
                time.sleep(0.5)
        if not self._client.nthreads():
            self._note(f"{self.address} has no workers yet; waiting for the first.")
        options: dict[str, Any] = {"pure": False}
        if self._resources:
            options["resources"] = self._resources
        executor: Executor = self._client.get_executor(**options)
        return executor

    def close(self) -> None:
        """Leave the scheduler; end the cluster where it is ours."""
        self._disconnect()
        if self._cluster is not None:
            with contextlib.suppress(Exception):
                self._cluster.close()
            self._cluster = None
        if self._private_folder is not None:
            gc.collect()  # dask-jobqueue deletes its certificates with its last reference
            shutil.rmtree(self._private_folder, ignore_errors=True)

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.close(timeout=2)


def require_dask() -> None:
    """Refuse to go on without Dask, and say how to get it."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise InputError(f"--scheduler and --cluster need Dask: {_INSTALL}.") from None


def open_connection(address: str) -> str:
    """Return a warning about an address that others may use, or ``""``."""
    protocol, _, rest = address.partition("://")
    if protocol == "tls":
        return ""
    host = rest.rpartition(":")[0].strip("[]")
    here = host == "localhost"
    with contextlib.suppress(ValueError):
        here = here or ipaddress.ip_address(host).is_loopback
    who = "every user of this machine" if here else "whoever reaches that scheduler"
    return (
        f"the connection to {address} is neither encrypted nor authenticated: {who} can run any "
        "code on its workers. Use tls:// with Dask's TLS settings (distributed.comm.tls)."
    )


def start_cluster(
    kind: str,
    n_workers: int,
    options: dict[str, str],
    *,
    private_folder: Path,
    **rest: Any,
) -> DaskWorkplace:
    """Start a Dask cluster for one sweep.

    Parameters
    ----------
    kind : str
        ``"local"`` (worker processes here) or ``"slurm"``.
    n_workers : int
        Worker processes, or batch jobs.
    options : dict
        For ``slurm``: arguments of `dask_jobqueue.SLURMCluster`, such as queue and walltime.
    private_folder : Path
        Where the batch jobs find the certificates of this sweep; made for this user alone.
    **rest
        Passed on to `DaskWorkplace`.

    Raises
    ------
    InputError
        For an unknown kind, or options that it does not take.
    """
    check_kind(kind)
    require_dask()
    try:
        if kind == "local":
            cluster = _local(n_workers)
        else:
            make_folder(private_folder.parent)
            private_folder.mkdir(mode=0o700, exist_ok=True)
            cluster = _slurm(n_workers, options, str(private_folder))
    except LateralnetError:
        shutil.rmtree(private_folder, ignore_errors=True)
        raise
    except Exception as error:
        shutil.rmtree(private_folder, ignore_errors=True)
        raise InputError(f"--cluster {kind} cannot be started: {error}") from None
    address = cluster.scheduler_address
    return DaskWorkplace(address, cluster=cluster, private_folder=private_folder, **rest)


def check_kind(kind: str) -> None:
    """Refuse a kind of cluster that there is not."""
    if kind not in _CLUSTERS:
        raise InputError(f"--cluster {kind!r} is unknown; known: {', '.join(_CLUSTERS)}.")


def _local(n_workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        host="127.0.0.1",
        protocol="tls://",
        security=_certificates(),
        dashboard_address=None,
        worker_dashboard_address=None,
    )


def _slurm(n_jobs: int, options: dict[str, str], shared_folder: str) -> Any:
    arguments: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB", **options}
    for name in ("cores", "processes"):
        arguments[name] = int(arguments[name])
    cluster = _slurm_class()(
        protocol="tls://",
        security=_certificates(),
        shared_temp_directory=shared_folder,
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        worker_extra_args=["--no-dashboard"],
        # The folder of the job is not searched for modules (Python 3.11 or newer).
        job_script_prologue=["export PYTHONSAFEPATH=1"],
        **arguments,
    )
    cluster.scale(jobs=n_jobs)
    return cluster


def _certificates() -> Any:
    """Return certificates of this sweep alone: who has them not cannot talk to its cluster."""
    from distributed.security import Security

    try:
        return Security.temporary()
    except ImportError as error:
        raise InputError(f"--cluster needs cryptography ({error}): {_INSTALL}.") from None


def _slurm_class() -> Any:
    """Import SLURMCluster; that its package takes Ctrl-C for itself is undone."""
    before = signal.getsignal(signal.SIGINT)
    try:
        from dask_jobqueue import SLURMCluster  # type: ignore[attr-defined]
    except ImportError as error:
        raise InputError(f"--cluster slurm needs dask-jobqueue ({error}): {_INSTALL}.") from None
    finally:
        if signal.getsignal(signal.SIGINT) is not before:
            signal.signal(signal.SIGINT, before)
    return SLURMCluster
