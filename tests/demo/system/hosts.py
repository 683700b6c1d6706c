"""Modelled hosts for the tests of the model."""

from __future__ import annotations

import time

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.tools import install_tools
from haconsole.demo.system.users import Sudo, User

ENV = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C"}


def make_host(name: str = "lb01") -> Machine:
    """Return a host with every tool and three kinds of users."""
    machine = Machine(name, clock=time.time)
    install_tools(machine)
    for number, (user, sudo) in enumerate(
        (("ops", Sudo.NOPASSWD), ("ops-pw", Sudo.PASSWD), ("guest", Sudo.NONE)), 1000
    ):
        home = f"/home/{user}"
        machine.users.add(User(user, number, number, home, "/bin/sh", "right", sudo))
        machine.files.mkdir(home)
        machine.files.chown(home, number, number)
    return machine
