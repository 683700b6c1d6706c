"""A drill as JSON and as a page: all that was asked for is in it, and no secret."""

from __future__ import annotations

import json

from haconsole.procedures.drill.report import as_json, as_markdown, repeated
from haconsole.procedures.drill.report_text import markdown

from .made import result


def test_the_promised_fields_are_there() -> None:
    document = json.loads(json.dumps(as_json(result())))
    assert document["version"] == 1
    assert document["scenario"] == "stop"
    assert round(document["predicted"]["min_s"], 2) == 0.61
    assert round(document["predicted"]["max_s"], 2) == 0.71
    assert document["measured"]["lower_s"] <= 0.62 <= document["measured"]["upper_s"]
    assert document["measured"]["width_s"] <= 0.005
    assert (document["sent"], document["failed"]) == (2500, 310)
    assert document["failures"] == {"refused": 310}
    assert document["verdict"] == "as-predicted"
    assert document["forced"] == ["lb02: nginx does not run"]
    assert document["measured"]["hits"]["before"] == {"web01": 499}


def test_every_command_and_every_version_is_in_the_report() -> None:
    made = result()
    document, page = as_json(made), as_markdown(made)
    assert [one["id"] for one in document["steps"]] == [step.id for step in made.plan.steps]
    for step in made.plan.steps:
        if step.do is not None:
            assert step.do.script.rstrip() in page
    for words in ("2.2.7", "1.22.1", "lb01", "bastion", "± 0.40 ms", "skew 0.61 s of lb02"):
        assert words in page


def test_no_secret_is_in_it_and_none_can_be_guessed_from_it() -> None:
    document = as_json(result())
    assert "s3cretpw" not in json.dumps(document) + as_markdown(result())
    files = document["fingerprints"]["lb01"]
    assert set(files) == {"/etc/keepalived/keepalived.conf"}
    assert files["/etc/keepalived/keepalived.conf"] != "ab" * 32


def test_another_priority_is_another_fingerprint() -> None:
    assert as_json(result())["fingerprints"] != as_json(result(priority=140))["fingerprints"]


def test_repeats_are_one_document_with_their_spread() -> None:
    runs = [as_json(result(gap_s=gap_s)) for gap_s in (0.66, 0.62, 0.64)]
    whole = repeated(runs)
    spread = whole["spread"]["upper_s"]
    assert spread["min"] < spread["median"] < spread["max"]
    assert whole["measured"]["upper_s"] == spread["median"]
    assert (whole["sent"], whole["failed"]) == (7500, 310 + 320 + 330)
    assert whole["verdict"] == "as-predicted"
    assert len(whole["runs"]) == 3
    page = markdown(whole)
    assert "Measured over 3 runs" in page
    assert page.count("## Verdict: as-predicted") == 3


def test_the_worst_verdict_of_repeats_counts() -> None:
    whole = repeated([as_json(result(gap_s=0.62)), as_json(result(gap_s=2.0))])
    assert (whole["verdict"], whole["good"]) == ("different", False)


def test_a_suites_page_begins_with_its_table() -> None:
    one = as_json(result())
    page = markdown(
        {"at": one["at"], "cluster": "pair", "drills": [one, as_json(result(gap_s=2.0))]}
    )
    rows = [line for line in page.splitlines() if line.startswith("| stop ")]
    assert [row.split("|")[-2].strip() for row in rows] == ["as-predicted", "different"]


def test_a_table_survives_what_stands_in_it() -> None:
    assert "a \\| pipe" in as_markdown(result())
