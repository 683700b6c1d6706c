"""What SELinux wants to know where it enforces (RHEL): booleans and labels.

Types and booleans are those of the targeted policy: httpd_selinux(8), keepalived_selinux(8).
"""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.procedures.configure.records import noted
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.plan import Lane
from haconsole.procedures.steps.shell import quote

_ENFORCING = "enforcing"


def allow(facts: HostFacts, boolean: str, reason: Note) -> Lane:
    """Return the step that switches a boolean on for good; nothing where SELinux is off."""
    if facts.selinux != _ENFORCING:
        return ()
    name = quote(boolean)
    return (
        noted(
            facts.host,
            f"SELinux {boolean}",
            title=note("SELinux on {host} allows {boolean}", host=facts.host, boolean=boolean),
            reason=reason,
            check=f"getsebool {name} | grep -q 'on$' || exit 1",
            do=f"back 'setsebool -P {name} off'\nsetsebool -P {name} on\n",
            expected_s=10.0,
        ),
    )


def label(facts: HostFacts, path: str, type_: str, reason: Note) -> Lane:
    """Return the step that labels a path (and what is below) for good.

    Without ``semanage`` the label holds until the file system is labelled anew.
    """
    if facts.selinux != _ENFORCING:
        return ()
    name, pattern = quote(path), quote(f"{path}(/.*)?")
    do = (
        f'back "restorecon -R {name}"\n'
        "if command -v semanage >/dev/null; then\n"
        f'  back "semanage fcontext -d {pattern}"\n'
        f"  semanage fcontext -a -t {type_} {pattern} 2>/dev/null ||"
        f" semanage fcontext -m -t {type_} {pattern}\n"
        f"  restorecon -R {name}\nelse chcon -R -t {type_} {name}; fi\n"
    )
    return (
        noted(
            facts.host,
            f"SELinux label {path}",
            title=note("SELinux label of {path} on {host}", path=path, host=facts.host),
            reason=reason,
            check=f"case $(stat -c %C {name}) in *:{type_}:*) : ;; *) exit 1 ;; esac",
            do=do,
            expected_s=5.0,
        ),
    )
