"""An earlier version put back on a host: with its own mode and owner, whatever is there now."""

from __future__ import annotations

from haconsole.demo import serve
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF, kept_as
from haconsole.procedures.progress import StepStatus
from tests.procedures.driving import driving


async def test_a_password_is_restored_for_root_alone_and_a_check_to_be_run() -> None:
    async with serve.running() as demo, driving(demo.inventory) as driver:
        lb02 = demo.cluster.hosts["lb02"]
        conf, check = kept_as(KEEPALIVED_CONF), kept_as(CHECK_SCRIPT)
        now = lb02.machine.files.read(KEEPALIVED_CONF).decode()
        with_password = now.replace(
            "    virtual_ipaddress {",
            "    authentication {\n        auth_type PASS\n        auth_pass s3cret\n    }\n"
            "    virtual_ipaddress {",
        )
        assert with_password != now
        script = (
            f"umask 077; mkdir -p {conf} {check}; cat >{conf}/0\n"
            f"echo file >{conf}/origin; echo file >{check}/origin\n"
            f"cp -a {CHECK_SCRIPT} {check}/0; rm {CHECK_SCRIPT}\n"
            f"chmod 0644 {KEEPALIVED_CONF}; sha256sum <{KEEPALIVED_CONF} >{conf}/managed\n"
        )
        done = await lb02.machine.run(["sh", "-c", script], stdin=with_password.encode())
        assert done == (0, b"", b"")
        run = await driver.apply("restore", host="lb02", file=CHECK_SCRIPT, version="0")
        assert await lb02.do("stat", "-c", "%a %U:%G", CHECK_SCRIPT) == (0, "755 root:root\n")
        await driver.apply("restore", host="lb02", file=KEEPALIVED_CONF, version="0")
        assert await lb02.do("stat", "-c", "%a %U:%G", KEEPALIVED_CONF) == (0, "600 root:root\n")
        assert b"s3cret" in lb02.machine.files.read(KEEPALIVED_CONF)
        # Restored once, it is so.
        run = await driver.apply("restore", host="lb02", file=KEEPALIVED_CONF, version="0")
        assert run.progress.of(run.plan.steps[0].id).status is StepStatus.SATISFIED
