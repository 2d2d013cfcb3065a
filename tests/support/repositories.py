"""Git repositories as students leave them, and an HTTPS server that gives them away, or does not."""

from __future__ import annotations

import hashlib
import os
import shutil
import ssl
import subprocess
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

AT = "2026-03-01T10:00:00+00:00"
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "student" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Runs git in a folder, as the student does, and returns what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, env=_ENVIRONMENT, capture_output=True, check=True
    )
    return done.stdout.decode(errors="replace").strip()


class Repository:
    """A student's bare repository, whose branch `main` is the default. It is made without git, which is faster."""

    def __init__(self, path: Path, kind: str = "sha1") -> None:
        self.path, self._hash = path, getattr(hashlib, kind)
        (path / "objects").mkdir(parents=True)
        (path / "refs/heads").mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        version = 0 if kind == "sha1" else 1
        config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n"
        (path / "config").write_text(config + f"[extensions]\n\tobjectformat = {kind}\n" * version)

    def commit(self, files: Mapping[str, str | bytes], at: str = AT, **how: str) -> str:
        """Adds a commit of nothing but these files, and returns its name; `how` as `commit_tree` has it."""
        return self.commit_tree(self.tree_of(files), at, **how)

    def commit_tree(self, tree: str, at: str = AT, branch: str = "main", written_at: str = "", parent: str = "") -> str:
        """Adds a commit of a tree to a branch."""
        ref = self.path / "refs/heads" / branch
        parent = parent or (ref.read_text().strip() if ref.is_file() else "")
        lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
        lines += [f"author a <a> {_seconds(written_at or at)}", f"committer a <a> {_seconds(at)}", "", "a", ""]
        name = self.write("commit", "\n".join(lines).encode())
        self.point(branch, name)
        return name

    def point(self, branch: str, name: str) -> None:
        """Has a branch point to an object, whatever it is."""
        ref = self.path / "refs/heads" / branch
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{name}\n")

    def tree_of(self, files: Mapping[str, str | bytes]) -> str:
        """Writes files, and the trees that they are in."""
        below: dict[str, dict[str, str | bytes]] = defaultdict(dict)
        entries = []
        for path, content in files.items():
            folder, _, rest = path.partition("/")
            if rest:
                below[folder][rest] = content
            else:
                data = content.encode() if isinstance(content, str) else content
                entries.append(("100644", path.encode(), self.blob(data)))
        entries += [("40000", folder.encode(), self.tree_of(inner)) for folder, inner in below.items()]
        return self.tree(*sorted(entries, key=lambda each: each[1] + b"/" * (each[0] == "40000")))

    def blob(self, data: bytes) -> str:
        """Writes a blob."""
        return self.write("blob", data)

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        """Writes a tree of any modes and names, in any order, as no git would."""
        parts = (f"{mode} ".encode() + name + b"\0" + bytes.fromhex(at) for mode, name, at in entries)
        return self.write("tree", b"".join(parts))

    def write(self, kind: str, data: bytes) -> str:
        """Writes an object of any content, and returns its name."""
        raw = f"{kind} {len(data)}\0".encode() + data
        name: str = self._hash(raw).hexdigest()
        path = self.path / "objects" / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(raw, 1))
        return name


def _seconds(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{int(moment.timestamp())} {moment:%z}"


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Serves the repositories beneath `root` on loopback. The first part of a path says how: see `_Handler.do_GET`."""
    certificate, key = root / "certificate.pem", root / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(root, certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    """What was asked, and what is answered.

    Attributes:
        asked: path and `Authorization` of each request.
        token: what a request below /token must bring.
        left: how often a path below /once still fails.
        tokens_end_after: so many requests that bring it; None: never.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, root: Path, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.certificate = root, certificate
        self.asked: list[tuple[str, str]] = []
        self.token = ""
        self.left: dict[str, int] = {}
        self.tokens_end_after: int | None = None
        self.stopped = threading.Event()

    @property
    def host(self) -> str:
        return f"localhost:{self.server_port}"

    def url(self, path: str) -> str:
        return f"https://{self.host}/{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that were ended say nothing."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization", "")
        self.server.asked.append((self.path, authorization))
        how, _, rest = self.path.removeprefix("/").partition("/")
        if how.isdecimal():
            self._answer(int(how), {"Location": f"https://{self.server.host}/ok/{rest}"})
        elif how == "token" and (authorization != self.server.token or self._has_ended()):
            self._answer(401)
        elif how == "hang":
            self.server.stopped.wait(60)
        elif how == "once" and self.server.left.get(rest.partition("/")[0], 1):
            self.server.left[rest.partition("/")[0]] = self.server.left.get(rest.partition("/")[0], 1) - 1
            self._answer(503)
        else:
            self._give(rest)

    do_POST = do_GET

    def _give(self, rest: str) -> None:
        path, _, query = rest.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=False)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._answer(int(fields.pop("Status", "200").split()[0]), fields, answer)

    def _has_ended(self) -> bool:
        left = self.server.tokens_end_after
        if left:
            self.server.tokens_end_after = left - 1
        return left == 0

    def _answer(self, code: int, fields: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
        for name, value in (fields or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def has_openssl() -> bool:
    """Whether a server can be made."""
    return shutil.which("openssl") is not None
