"""``haconsole doctor INVENTORY`` as a process, on the demo."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from haconsole.demo.serve import Demo, running


async def doctor(demo: Demo, *more: str) -> tuple[int, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "haconsole", "doctor", str(demo.inventory), "--json", *more),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out)


async def test_a_healthy_pair_then_two_faults_at_once() -> None:
    async with running() as demo:
        status, told = await doctor(demo)
        assert (status, told["verdict"], told["findings"]) == (0, "OK", [])
        await demo.cluster.fault("auth-mismatch")
        await demo.cluster.fault("nginx-stop", "web02")
        status, told = await doctor(demo)
        assert status == 2
        assert [one["cause"] for one in told["findings"]] == ["auth-mismatch", "backend-dead"]
        mismatch = told["findings"][0]
        assert mismatch["nodes"] == ["lb01", "lb02"]
        assert mismatch["fix"]["procedure"] == "fix-mismatch"
        assert "another1" not in json.dumps(told), "no password in a diagnosis"


async def test_quick_takes_no_evidence_that_costs_anything() -> None:
    async with running() as demo:
        await demo.cluster.fault("nginx-broken", "web01")
        status, told = await doctor(demo, "--quick")
        assert status == 1
        assert [one["cause"] for one in told["findings"]] == ["nginx-config-broken"]
