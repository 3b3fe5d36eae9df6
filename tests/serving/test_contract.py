"""Whatever the description of the API allows or forbids is asked, and nothing makes the server fail."""

from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("schemathesis", reason="needs schemathesis")

import schemathesis
from hypothesis import HealthCheck, given, settings

from wildwear.inference import Segmenter
from wildwear.serving.app import create_app

EXAMPLES = 30  # requests a way in
OWN_NAME = {"Host": "127.0.0.1"}


@pytest.mark.parametrize(
    ("path", "method"),
    [("/v1/segment", "POST"), ("/v1/model", "GET"), ("/healthz", "GET"), ("/readyz", "GET")],
)
def test_every_answer_is_one_that_the_description_names(segmenter: Segmenter, path: str, method: str) -> None:
    app = create_app(segmenter, lambda line: None)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=OWN_NAME)
    operation = schema[path][method]

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        answer = case.call(headers=OWN_NAME)
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in operation.definition.raw["responses"]

    ask()
