"""A Dask cluster of real processes, each in a network namespace of its own as if it were another machine."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import distributed
import psutil
from helpers import gone, wait_until

# What docs/scale.md tells to set, shorter.
SETTINGS = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "6s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s"}
START_SECONDS = 120.0
_BIN = Path(sys.executable).parent
_PR_SET_PDEATHSIG = 1
_ALL_PACKETS = 3  # ETH_P_ALL
_FORCED_BUFFER = 33  # SO_RCVBUFFORCE
_libc = ctypes.CDLL(None)


@cache
def no_network_because() -> str:
    """Why this process can't make network namespaces; "" if it can, or has to, as in CI."""
    if "NEEDS_NETWORK_NAMESPACES" in os.environ:
        return ""
    if shutil.which("ip") is None:
        return "no program ip here: `apt-get install iproute2`"
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True)
    return "" if tried.returncode == 0 else "this machine lets nobody make network namespaces"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@dataclass(frozen=True)
class Host:
    """A machine, so to speak: its address, and its network namespace, or "" for this machine itself."""

    address: str
    namespace: str = ""

    def start(self, folder: Path, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        """Starts a program of our environment, which ends with this process. Logs and scratch files go to `folder`."""
        enter = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        (folder / "tmp").mkdir(parents=True)
        with (folder / "log.txt").open("wb") as log:
            return subprocess.Popen(
                [*enter, str(_BIN / command[0]), *command[1:]],
                env={**os.environ, **SETTINGS, "TMPDIR": str(folder / "tmp"), **variables},
                stdout=log,
                stderr=log,
                cwd=folder,
                start_new_session=True,
                preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),
            )

    def cut(self) -> None:
        """Pulls the plug."""
        ip("link", "set", self.namespace, "down")

    def mend(self) -> None:
        ip("link", "set", self.namespace, "up")


@contextmanager
def network(count: int) -> Iterator[list[Host]]:
    """Hosts on a bridge of their own, which this process reaches too; without root, this machine `count` times."""
    if no_network_because():
        yield [Host("127.0.0.1")] * count
        return
    with ExitStack() as stack:
        number = _add_bridge()
        bridge = f"grader{number}"
        stack.callback(ip, "link", "del", bridge)
        ip("address", "add", f"10.213.{number}.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        hosts = [Host(f"10.213.{number}.{each + 2}", f"{bridge}h{each}") for each in range(count)]
        for each in hosts:
            ip("netns", "add", each.namespace)
            stack.callback(ip, "netns", "del", each.namespace)
            ip("link", "add", each.namespace, "type", "veth", "peer", "name", "eth0", "netns", each.namespace)
            ip("link", "set", each.namespace, "master", bridge, "up")
            ip("-n", each.namespace, "address", "add", f"{each.address}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                ip("-n", each.namespace, "link", "set", device, "up")
        yield hosts


@contextmanager
def overheard() -> Iterator[bytearray]:
    """All that goes over any wire of this machine's meanwhile; it is complete when the context is left."""
    heard, over = bytearray(), threading.Event()

    def listen() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                heard.extend(wire.recv(1 << 16))

    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(_ALL_PACKETS)) as wire:
        wire.setsockopt(socket.SOL_SOCKET, _FORCED_BUFFER, 64 << 20)
        wire.settimeout(0.2)
        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            over.set()
            thread.join()


def _add_bridge() -> int:
    """Adds a bridge under a number that no other test run on this machine has."""
    for number in ((os.getpid() + each) % 256 for each in range(256)):
        try:
            ip("link", "add", f"grader{number}", "type", "bridge")
            return number
        except subprocess.CalledProcessError as error:
            if b"exists" not in error.stderr:
                raise
    raise OSError("there are 256 bridges already")


@dataclass
class Cluster:
    """A scheduler on the first host, and a worker on each other one. `folder` gets a folder for each process, and
    `variables` are in its environment; this process has to have the same settings."""

    hosts: list[Host]
    folder: Path
    scheme: str = "tcp"
    variables: dict[str, str] = field(default_factory=dict)
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _folders: dict[int, Path] = field(default_factory=dict)

    def start(self, workers: int = 2) -> None:
        """Starts what is not running, and waits until it is ready."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            host, port = self.hosts[0].address, free_port()
            self.address = f"{self.scheme}://{host}:{port}"
            options = ["--protocol", self.scheme, "--host", host, "--port", str(port)]
            self.scheduler = self._start(self.hosts[0], "scheduler", *options)
            self.workers = []
        for number, host in enumerate(self.hosts[1 : workers + 1]):
            if number == len(self.workers) or self.workers[number].poll() is not None:
                options = [] if number == 0 else ["--no-nanny"]  # one of each kind
                self.workers[number : number + 1] = [self.start_worker(host, *options)]
        self.wait_for(len(self.workers))

    def start_worker(self, host: Host, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """One more worker; `wait_for` waits until it is ready."""
        arguments = ["worker", self.address, "--host", host.address, "--nthreads", "1", *options]
        return self._start(host, *arguments, **variables)

    def _start(self, host: Host, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        folder = self.folder / str(len(self._folders))
        process = host.start(folder, "dask", *arguments, "--no-dashboard", **{**self.variables, **variables})
        self._folders[process.pid] = folder
        return process

    def wait_for(self, workers: int) -> None:
        """Waits until there are exactly so many workers."""
        deadline = time.monotonic() + START_SECONDS
        with distributed.Client(self.address, timeout=START_SECONDS, set_as_default=False) as client:
            while len(found := client.nthreads()) != workers:
                assert time.monotonic() < deadline, found
                time.sleep(0.1)

    def known_workers(self) -> list[str]:
        """The addresses of hosts whose workers the scheduler counts on now."""
        with distributed.Client(self.address, timeout=START_SECONDS, set_as_default=False) as client:
            return sorted(urlsplit(each).hostname or "" for each in client.nthreads())

    def tasks(self) -> list[str]:
        """The tasks that the scheduler knows of."""
        with distributed.Client(self.address, timeout=START_SECONDS, set_as_default=False) as client:
            return list(client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks)))

    def log_of(self, process: subprocess.Popen[bytes]) -> str:
        """What it has printed so far."""
        return (self._folders[process.pid] / "log.txt").read_text(errors="replace")

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends a process; asserts that nothing that it started stays, and none of our files."""
        family = below(process)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert [each for each in family if not gone(each.pid, seconds=30)] == []
        self.assert_no_files(process)

    def assert_no_files(self, process: subprocess.Popen[bytes], kind: str = "autograder-*") -> None:
        """Asserts that none of our files stays where a process had its temporary ones; they may need some seconds."""
        folder = self._folders[process.pid] / "tmp"
        assert wait_until(lambda: not list(folder.glob(kind)), seconds=30), list(folder.rglob("*"))

    def assert_nothing_of_a_run_stays(self) -> None:
        """Asserts that workers which stay have no task, no grader and no file of a course, at once or soon."""
        assert wait_until(lambda: self.tasks() == [], seconds=15), self.tasks()
        for each in self.workers:
            assert each.poll() is None
            assert wait_until(lambda: not graders(each), seconds=30)  # noqa: B023
            self.assert_no_files(each, "autograder-*/run-*")
            self.assert_no_files(each, "autograder-*/guest-*")


def graders(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes of a worker that know a course: forks of the warm one."""
    found = below(worker, "autograder.batch.dask_grader")
    return [each for each in found if each.ppid() in {one.pid for one in found}]


def below(process: subprocess.Popen[bytes] | psutil.Process, name: str = "") -> list[psutil.Process]:
    """The processes that one has started, and those that they have, with `name` in the command line."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for each in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # guests come and go
                if name in " ".join(each.cmdline()):
                    found.append(each)
    return found


def oldest(processes: Sequence[subprocess.Popen[bytes]], name: str) -> psutil.Process:
    """The first process that was started below some, of those with `name` in the command line."""
    return min((found for each in processes for found in below(each, name)), key=psutil.Process.create_time)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
