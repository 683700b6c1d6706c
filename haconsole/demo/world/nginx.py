"""nginx: master and workers, its options, and what it answers."""

from __future__ import annotations

import asyncio
import posixpath
import random
from datetime import UTC, datetime

from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.machine import Machine
from haconsole.demo.system.process import Process
from haconsole.demo.system.signals import Sig

from . import accesslog
from .accesslog import Upstreams
from .http import REASONS, Request, Response
from .nginxconf import ConfError, Location, Server, Site, dump_conf, read_conf, understand
from .proxy import Balancer, pass_on
from .stack import Stack

VERSION = "nginx/1.22.1"
CONF = "/etc/nginx/nginx.conf"
PID_FILE = "/run/nginx.pid"
#: Debian's ``--prefix``: where names without a folder are looked for.
_PREFIX = "/usr/share/nginx"
ERROR_LOG = "/var/log/nginx/error.log"
_TYPES = {".html": "text/html", ".txt": "text/plain", ".css": "text/css", ".json":
          "application/json"}  # fmt: skip


class Nginx:
    """The nginx of one machine: what runs of it, and what it serves."""

    def __init__(self, machine: Machine, stack: Stack) -> None:
        self.machine = machine
        self.stack = stack
        self.master: Process | None = None
        self.workers: list[Process] = []
        self.site: Site | None = None
        self._balancers: dict[str, Balancer] = {}
        self._dice = random.Random(machine.name)  # noqa: S311 - no secret
        self._requests = 0

    def load(self, path: str = CONF) -> Site:
        """Read the configuration; raises ``ConfError``."""
        return understand(read_conf(self.machine.files, path))

    def serve(self, site: Site) -> None:
        """Listen as a configuration says."""
        self.close()
        self.site = site
        self._balancers = {name: Balancer.of(one) for name, one in site.upstreams.items()}
        accesslog.create(self.machine, ERROR_LOG)
        for server in site.servers:
            for path, _ in server.logs:
                accesslog.create(self.machine, path)
            for _, port in server.listens:
                self.stack.services[port] = self

    def close(self) -> None:
        """Listen no more."""
        for port in [p for p, service in self.stack.services.items() if service is self]:
            del self.stack.services[port]
        self.site = None

    def listens_on(self, address: str) -> bool:
        """Whether any server takes this address; which one, the request's port tells."""
        return any(
            not host or host == address
            for server in (self.site.servers if self.site else ())
            for host, _ in server.listens
        )

    async def http(self, request: Request) -> Response:
        """Answer a request and log it."""
        began = self.stack.now
        server = self._server(request)
        if server is None:
            raise ConnectionRefusedError(111, "Connection refused")
        # A stopped worker still has its connections taken by the kernel; nobody answers them.
        while self._stands_still():  # noqa: ASYNC110 - processes have no event for that
            await asyncio.sleep(0.05)
        location = _locate(server, request.uri.partition("?")[0])
        response, asked = await self._answer(location, request)
        self._requests += 1
        for path, form in server.logs:
            text = accesslog.line(
                form, request, response, self.stack.now - began, self.machine.clock(), asked
            )
            accesslog.write(self.machine, path, text)
        return response

    def _stands_still(self) -> bool:
        return bool(self.workers) and all(worker.state == "T" for worker in self.workers)

    def _server(self, request: Request) -> Server | None:
        for server in self.site.servers if self.site else ():
            for host, port in server.listens:
                if port == request.port and host in ("", request.to):
                    return server
        return None

    async def _answer(self, location: Location, request: Request) -> tuple[Response, Upstreams]:
        if location.proxy_pass:
            host = location.proxy_pass.partition("://")[2].partition("/")[0]
            balancer = self._balancers.get(host) or Balancer.of_address(host)
            attempt = await pass_on(self.stack, balancer, location, request, self.complain)
            return attempt.response, attempt.asked
        await asyncio.sleep(self._dice.uniform(0.0003, 0.002))
        if location.returns is not None:
            status, text = location.returns
            return Response(status, text.encode(), location.content_type), Upstreams()
        return self._file(location, request), Upstreams()

    def _file(self, location: Location, request: Request) -> Response:
        files = self.machine.files
        path = posixpath.normpath("/" + request.uri.partition("?")[0].lstrip("/"))
        full = posixpath.normpath(location.root + path)
        if files.is_dir(full):
            full = self._index(full, location.index)
            missing = 403 if not files.exists(full) else 404
        else:
            missing = 404
        try:
            body = files.read(full)
        except OSError:
            return _error(missing)
        kind = _TYPES.get(posixpath.splitext(full)[1], "application/octet-stream")
        return Response(200, body, kind)

    def _index(self, folder: str, names: str) -> str:
        """Return the first of a directory's index files that is there, else the last one."""
        paths = [posixpath.join(folder, name) for name in names.split()]
        return next((path for path in paths if self.machine.files.exists(path)), paths[-1])

    def complain(self, text: str, level: str = "error") -> None:
        """Write to the error log."""
        pid = self.master.pid if self.master else 0
        when = datetime.fromtimestamp(self.machine.clock(), UTC)
        stamp = when.strftime("%Y/%m/%d %H:%M:%S")
        accesslog.write(
            self.machine, ERROR_LOG, f"{stamp} [{level}] {pid}#{pid}: *{self._requests} {text}"
        )


def _error(status: int) -> Response:
    title = f"{status} {REASONS.get(status, '')}"
    return Response(
        status, f"<html>\r\n<head><title>{title}</title></head>\r\n</html>\r\n".encode()
    )


def _locate(server: Server, path: str) -> Location:
    for location in server.locations:
        if location.exact and location.path == path:
            return location
    fitting = [one for one in server.locations if not one.exact and path.startswith(one.path)]
    # The server's own settings come last in the list, and serve where no location does.
    return max(fitting, key=lambda one: len(one.path))


def nginx(server: Nginx) -> Program:
    """Return the program ``nginx`` for a machine."""

    async def run(call: Invocation) -> int:
        args = call.args
        if "-v" in args or "-V" in args:
            await call.stderr.write(f"nginx version: {VERSION}\n")
            return 0
        if "-t" in args or "-T" in args:
            return await _test(call, server)
        if "-s" in args:
            return await _signal(call, server, args[args.index("-s") + 1 :])
        try:
            site = server.load()
        except ConfError as error:
            await call.stderr.write(f"nginx: [emerg] {error}\n")
            return 1
        for port in {port for one in site.servers for _, port in one.listens}:
            other = server.stack.services.get(port)
            if other is not None:
                await call.stderr.write(
                    f"nginx: [emerg] bind() to 0.0.0.0:{port} failed (98: Address already in use)\n"
                )
                return 1
        title = f"nginx: master process {' '.join(call.argv)}"
        master = call.machine.processes.fork(
            None,
            lambda process: _master(server, site, process),
            argv=[title],
            fds={},
            context=call.process.context.copy(),
            new_session=True,
        )
        master.comm = "nginx"
        call.files.write(PID_FILE, f"{master.pid}\n")
        # The first process ends when the sockets are open.
        await asyncio.sleep(0)
        return 0

    return run


async def _test(call: Invocation, server: Nginx) -> int:
    quiet = "-q" in call.args
    conf = call.args[call.args.index("-c") + 1] if "-c" in call.args[:-1] else CONF
    path = posixpath.join(_PREFIX, conf)
    try:
        server.load(path)
    except ConfError as error:
        await call.stderr.write(
            f"nginx: [emerg] {error}\nnginx: configuration file {path} test failed\n"
        )
        return 1
    if not quiet:
        await call.stderr.write(
            f"nginx: the configuration file {path} syntax is ok\n"
            f"nginx: configuration file {path} test is successful\n"
        )
    if "-T" in call.args:
        await call.stdout.write(dump_conf(call.files, path))
    return 0


async def _signal(call: Invocation, server: Nginx, words: list[str]) -> int:
    word = words[0] if words else ""
    number = {"stop": Sig.TERM, "quit": Sig.QUIT, "reload": Sig.HUP, "reopen": Sig.USR1}.get(word)
    if number is None:
        await call.stderr.write(f'nginx: invalid option: "-s {word}"\n')
        return 1
    try:
        server.load()
        pid = int(call.files.read(PID_FILE))
        call.machine.processes.kill(pid, number, call.process)
    except ConfError as error:
        await call.stderr.write(f"nginx: [emerg] {error}\n")
        return 1
    except (OSError, ValueError):
        await call.stderr.write(
            f'nginx: [error] open() "{PID_FILE}" failed (2: No such file or directory)\n'
        )
        return 1
    return 0


async def _master(server: Nginx, site: Site, process: Process) -> int:
    """Be the master: keep workers, reload, stop."""
    events: asyncio.Queue[int] = asyncio.Queue()
    for handled in (Sig.TERM, Sig.INT, Sig.QUIT, Sig.HUP, Sig.CHLD, Sig.USR1):
        process.on_signal(handled, events.put_nowait)
    server.master = process
    server.serve(site)
    machine = server.machine
    server.workers = [_start_worker(server, process) for _ in range(machine.cpus)]
    while True:
        number = await events.get()
        if number == Sig.HUP:
            try:
                server.serve(server.load())
            except ConfError as error:
                server.complain(str(error), "emerg")
        elif number == Sig.CHLD:
            dead = [worker for worker in server.workers if not worker.alive]
            for worker in dead:
                machine.processes.reap(worker)
                server.workers[server.workers.index(worker)] = _start_worker(server, process)
        elif number != Sig.USR1:
            break
    process.on_signal(Sig.CHLD, lambda _: None)
    for worker in server.workers:
        worker.signal(Sig.KILL)
        machine.processes.reap(worker)
    server.close()
    if machine.files.exists(PID_FILE):
        machine.files.unlink(PID_FILE)
    return 0


def _start_worker(server: Nginx, master: Process) -> Process:
    async def body(process: Process) -> int:
        ended = asyncio.Event()
        for number in (Sig.TERM, Sig.INT, Sig.QUIT):
            process.on_signal(number, lambda _: ended.set())
        try:
            await ended.wait()
        finally:
            # Workers go on without their master, and the ports with the last of them.
            alive = any(w.alive and w is not process for w in server.workers)
            if not alive and not master.alive:
                server.close()
        return 0

    worker = master.table.fork(master, body, argv=["nginx: worker process"], fds={})
    worker.comm = "nginx"
    user = server.machine.users.get("www-data")
    if user is not None:
        worker.context.uid, worker.context.gid = user.uid, user.gid
    return worker
