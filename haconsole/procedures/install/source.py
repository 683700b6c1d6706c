"""Steps that build keepalived from source: each stage one step, each found again when it is done.

The build lies in ``/var/lib/haconsole/build``, what it put on the host is listed in
``/var/lib/haconsole/source/manifest``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.procedures.facts import HostFacts, Manager
from haconsole.procedures.install.packages_shell import actions, removal
from haconsole.procedures.install.source_shell import (
    CONFIGURE,
    FETCH,
    INSTALL,
    MAKE,
    OPTIONS,
    PROBE,
    RESTART,
    UPLOAD,
    acting,
    names,
)
from haconsole.procedures.paths import BINARY, BUILD_DIR, SOURCE_BINARY, SOURCE_DIR
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import changes, quote, reads
from haconsole.transport.commands import Command

UNIT = "keepalived.service"
#: What it takes, by the names of each family. RHEL's libnl3-devel holds libnl-genl-3 too.
_TOOLS = {
    Manager.APT: "gcc make libc6-dev pkg-config libssl-dev libnl-3-dev libnl-genl-3-dev",
    Manager.DNF: "gcc make pkgconfig openssl-devel libnl3-devel",
    Manager.YUM: "gcc make pkgconfig openssl-devel libnl3-devel",
}


@dataclass(frozen=True, slots=True)
class Build:
    """What is to be built. ``archive``: its bytes, where it is uploaded; else ``url`` is fetched.

    ``sha256`` empty: not checked. ``options``: more words for ``configure``.
    """

    version: str
    url: str = ""
    archive: bytes | None = None
    sha256: str = ""
    options: str = ""

    @property
    def configure(self) -> str:
        """The options of ``configure``."""
        return f"{OPTIONS} {self.options}".strip()

    @property
    def token(self) -> str:
        """Tells this build from another: the same for the same archive and options."""
        words = "\0".join((self.version, self.configure, self.sha256))
        return hashlib.sha256(words.encode()).hexdigest()[:16]

    @property
    def come_from(self) -> str:
        """What the archive on the node is told from another one by."""
        return self.sha256 or self.url


def prepare_steps(facts: HostFacts, build: Build) -> tuple[Step, ...]:
    """Return what is done before anything of the system changes: archive, tools, build.

    The archive is first, since a wrong address or sum is best told before a compiler is brought;
    but where nothing can fetch it, what can comes with the tools.
    """
    tools, archive = _tools(facts, build), _archive(facts.host, build)
    fetches = build.archive is not None or {"curl", "wget"} & facts.tools
    return (
        *((archive, tools) if fetches else (tools, archive)),
        _stage(
            facts.host,
            build,
            "configure",
            CONFIGURE,
            title=note("Unpack, and configure with {options}", options=build.configure),
            reason=note("One prefix, and /etc for what is configured: the unit, the daemon and "
                        "this console look in the same places."),
            expected_s=15.0,
        ),
        _stage(
            facts.host,
            build,
            "make",
            MAKE,
            title=note("Build keepalived {version}", version=build.version),
            reason=note("It goes on on the host if the link is lost, and is found again."),
            expected_s=40.0,
        ),
    )  # fmt: skip


def place_steps(facts: HostFacts, build: Build, enable: Step) -> tuple[Step, ...]:
    """Return what puts the build in place. ``enable``: the step that enables the unit."""
    host = facts.host
    return (
        _install(host, build),
        _link(host, build),
        look(
            host,
            note("{unit} starts this build", unit=UNIT),
            note("A unit that starts another keepalived is the classic trap of a source build."),
            f"said=$(systemctl show -p ExecStart {UNIT})\n"
            f'case $said in *"path={SOURCE_BINARY} "*) exit 0;; esac\n'
            f'echo "{UNIT} starts $(printf %s "$said" | sed \'s/.*path=\\([^ ;]*\\).*/\\1/\'), '
            f'and not {SOURCE_BINARY}: a unit or drop-in in /etc/systemd/system is in the way." '
            ">&2\nexit 1\n",
            id="unit of the build",
            settle_s=2.0,
        ),
        enable,
        _restart(host, build),
        _clear(host, build),
    )


def remove_step(facts: HostFacts) -> Step:
    """Return the step that takes a build away, file by file, as listed when it came."""
    script = (
        acting(facts.built or "0", "none") + f"systemctl stop {UNIT} 2>/dev/null\n"
        f"systemctl -q disable {UNIT} 2>/dev/null\n"
        f"take_away\nrm -rf {SOURCE_DIR} {BUILD_DIR}\nsystemctl daemon-reload\n"
        f'[ ! -e {SOURCE_BINARY} ] || fail "{SOURCE_BINARY} is still there: it was not in the '
        'list of what this tool put there."\n'
    )
    return Step(
        id=f"remove the build@{facts.host}",
        title=note("Take the build of keepalived {version} away", version=facts.built or ""),
        reason=note("Its files were listed when they came."),
        host=facts.host,
        do=changes("remove the build", script),
        check=reads(
            "is the build gone",
            f"[ ! -e {SOURCE_DIR} ] && [ ! -e {BUILD_DIR} ] || exit 1",
            root=True,
        ),
        expected_s=3.0,
    )


def _tools(facts: HostFacts, build: Build) -> Step:
    probe = PROBE + '[ -z "$missing" ] || { echo "missing:$missing" >&2; exit 1; }\n'
    do, undo = None, None
    if facts.manager is not Manager.NONE:
        lacking = [tool for tool in ("tar", "gzip") if tool not in facts.tools]
        if build.archive is None and not {"curl", "wget"} & facts.tools:
            lacking.append("curl")
        packages = " ".join((_TOOLS[facts.manager], *lacking))
        name = quote(note_of_tools())
        script = (
            actions(facts.manager, "build") + f"refresh || explain {name} gcc\nbefore build\n"
            f'put_in "{packages}" "" || explain {name} gcc\nafter build\n{PROBE}'
            '[ -z "$missing" ] || fail "Still missing after the installation:$missing."\n'
        )
        do = changes("install the build tools", script, timeout_s=1800.0)
        undo = changes(
            "remove the build tools", removal(facts.manager, "build") + "gone_with build\n"
        )
    return Step(
        id=f"build tools@{facts.host}",
        title=note("A compiler, make, and the headers of OpenSSL and libnl-3"),
        reason=note("Found by trying: what is there is not installed again."),
        host=facts.host,
        do=do,
        check=reads("are the build tools there", f"{probe}exit 0\n", root=True) if do else None,
        verify=reads("are the build tools there", probe, root=True),
        undo=undo,
        expected_s=30.0,
        way_on=note("Install them by hand where no repository is reached, and run it again."),
    )


def note_of_tools() -> str:
    """Return how the build tools are called in a sentence of the node."""
    return str(note("The build tools (a compiler, make, headers)"))


def _archive(host: str, build: Build) -> Step:
    variables = (
        f"SUM={quote(build.sha256)}; URL={quote(build.url)}; FROM={quote(build.come_from)}\n"
    )
    uploaded = build.archive is not None
    check = (
        f"is_built && exit 0\n[ -f $A ] && [ \"$(cat $A.from)\" = {quote(build.come_from)} ] "
        "2>/dev/null || exit 1\n"
    )  # fmt: skip
    if uploaded:
        title = note("Upload keepalived {version} ({size} kB)", version=build.version,
                     size=len(build.archive or b"") // 1000)  # fmt: skip
        reason = note("The host needs no way out; the sum is compared on arrival.")
    else:
        title = note("Fetch {url}", url=build.url)
        reason = (
            note("Its SHA-256 must be {sum}.", sum=build.sha256)
            if build.sha256
            else note("No SHA-256 was given, so what comes is taken as it is.")
        )
    return Step(
        id=f"archive of keepalived {build.version}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(
            "upload the archive" if uploaded else "fetch the archive",
            acting(build.version, build.token) + variables + (UPLOAD if uploaded else FETCH),
            stdin=build.archive,
            timeout_s=900.0,
        ),
        check=_asked("is the archive there", build, check),
        undo=changes(
            "remove the archive", acting(build.version, build.token) + 'rm -f "$A" "$A".*\n'
        ),
        expected_s=5.0,
        way_on=note("Upload the archive from your machine (archive=FILE), or check its address."),
    )


def _stage(
    host: str,
    build: Build,
    stage: str,
    script: str,
    *,
    title: Note,
    reason: Note,
    expected_s: float,
) -> Step:
    mark = {"configure": ".configured", "make": ".made"}[stage]
    check = f'is_built && exit 0\n[ "$(cat $D/{mark} 2>/dev/null)" = $T ] || exit 1\n'
    return Step(
        id=f"{stage} keepalived {build.version}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(
            f"{stage} keepalived",
            f"{acting(build.version, build.token)}OPTIONS={quote(build.configure)}\n{script}",
            timeout_s=3600.0,
        ),
        check=_asked(f"is {stage} done", build, check),
        undo=changes(
            f"remove what {stage} made", acting(build.version, build.token) + 'rm -rf "$D"\n'
        ),
        expected_s=expected_s,
        way_on=note("The log of the step names what is missing; the build goes on from there."),
    )


def _install(host: str, build: Build) -> Step:
    undo = (
        acting(build.version, build.token) + "if [ -e $O/manifest ]; then bring_back\n"
        f"else systemctl stop {UNIT} 2>/dev/null; take_away; systemctl daemon-reload; fi\n"
        f"[ ! -e {SOURCE_DIR}/token ] || ! systemctl -q is-active {UNIT} || "
        f"systemctl restart {UNIT}\n"
    )
    return Step(
        id=f"install the build@{host}",
        title=note("Put keepalived {version} in place", version=build.version),
        reason=note("Its files are listed, so that they can be taken away; an earlier build is "
                    "kept aside, and files of /etc stay as they are."),
        host=host,
        do=changes("install the build", acting(build.version, build.token) + INSTALL),
        check=_asked("is the build in place", build, "is_built || exit 1\n"),
        verify=reads(
            "does the build answer",
            f'said=$({SOURCE_BINARY} -v 2>&1); case $said in *"v{build.version}"*) exit 0;; esac\n'
            'echo "It answers: $(printf %s "$said" | head -n 1)" >&2; exit 1\n',
        ),
        undo=changes("take the build away", undo),
        expected_s=4.0,
    )  # fmt: skip


def _link(host: str, build: Build) -> Step:
    there = f"[ -e {BINARY} ] || [ -L {BINARY} ]"
    do = (
        acting(build.version, build.token)
        + f'{there} || {{ echo "f {BINARY}" >>$M && ln -s {SOURCE_BINARY} {BINARY}; }} || '
        f'fail "{BINARY} cannot be made."\n'
    )
    undo = f'[ "$(readlink {BINARY})" != {SOURCE_BINARY} ] || rm -f {BINARY}\n'
    return Step(
        id=f"link keepalived@{host}",
        title=note("{link} leads to the build, if nothing is there", link=BINARY),
        reason=note("So that “keepalived” is found on PATH, as with a package."),
        host=host,
        do=changes("link keepalived", do),
        check=reads("is keepalived on the path", f"{there} || exit 1\n"),
        undo=changes("remove the link", undo),
    )


def _restart(host: str, build: Build) -> Step:
    check = (
        f"[ ! -e {SOURCE_DIR}/restart ] || exit 1\nis_built && exit 0\n"
        f"systemctl -q is-active {UNIT} && exit 1\nexit 0\n"
    )
    return Step(
        id=f"restart keepalived@{host}",
        title=note("A keepalived that runs becomes the new one"),
        reason=note("If it does not start, the earlier build comes back by itself."),
        host=host,
        do=changes("restart keepalived", acting(build.version, build.token) + RESTART),
        check=_asked("does the new build run", build, check),
        expected_s=4.0,
        way_on=note("See journalctl -u keepalived on the host."),
    )


def _clear(host: str, build: Build) -> Step:
    check = "is_built && [ ! -e $D ] && [ ! -e $A ] || exit 1\n"
    return Step(
        id=f"clear the build@{host}",
        title=note("Clear away what the build left"),
        reason=note("The archive and the build tree are of no more use; the tools stay until "
                    "“remove”."),
        host=host,
        do=changes(
            "clear the build",
            acting(build.version, build.token) + f"cd / && rm -rf {BUILD_DIR}\n",
        ),
        check=_asked("is the build cleared", build, check),
    )  # fmt: skip


def _asked(name: str, build: Build, script: str) -> Command:
    return reads(name, names(build.version, build.token) + script, root=True)
