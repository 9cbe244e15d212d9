"""The published description against the running collector: schemathesis makes up the requests."""

from __future__ import annotations

import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mallard.collect.openapi import document
from tests.collectors import KEY, Collector

PROMISED = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
"""Not among them: that bad data are refused. A bad event in a batch is taken, and named in the answer."""


described = schemathesis.openapi.from_dict(json.loads(document()))


def test_the_description_is_published(mallard: Collector) -> None:
    assert httpx.get(f"{mallard.url}/openapi.json").content == document()


@pytest.mark.slow
@described.parametrize()
@settings(max_examples=8, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: schemathesis.Case, mallard: Collector) -> None:
    case.call_and_validate(
        base_url=mallard.url, auth=(KEY.format("shop"), ""), checks=list(PROMISED), timeout=30
    )


def test_what_was_made_up_is_all_accounted_for(mallard: Collector) -> None:
    report, rows, aside = mallard.fresh()
    assert report.received == report.landed + report.quarantined == len(rows) + len(aside)
