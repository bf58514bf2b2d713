"""The OpenAPI document against the contract of 1.0.0-rc.29."""

import json
from pathlib import Path
from typing import Any

import pytest

from jfjoch.broker.http.application import create_app
from jfjoch.broker.http.openapi import build_openapi
from tests.helpers.in_memory_broker import InMemoryBroker

EVERYWHERE = {"403", "408", "413", "429"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_openapi(create_app(InMemoryBroker()))


@pytest.fixture(scope="module")
def contract(shared_contract: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared_contract / "api_contract.json").read_text())
    return loaded


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_version_and_no_422(document: dict[str, Any]) -> None:
    """B001."""
    assert document["info"]["version"] == "1.0.0-rc.29"
    assert "422" not in json.dumps(document["paths"])
    assert '"null"' not in json.dumps(document)


def test_operations_are_those_of_the_contract(
    document: dict[str, Any], contract: dict[str, Any]
) -> None:
    known = {(entry["method"], entry["path"]): entry for entry in contract["operations"]}
    for method, path, operation in operations(document):
        entry = known[method, path]
        assert operation["operationId"] == entry["operation"]
        assert set(operation["responses"]) == set(entry["responses"]) | EVERYWHERE


def test_bodies_are_those_of_the_contract(
    document: dict[str, Any], contract: dict[str, Any]
) -> None:
    known = {entry["operation"]: entry for entry in contract["operations"]}
    for _, _, operation in operations(document):
        entry = known[operation["operationId"]]
        request = entry.get("request")
        assert list(operation.get("requestBody", {}).get("content", {})) == (
            [request["content_type"]] if request else []
        )
        for status, response in entry["responses"].items():
            content = operation["responses"][status].get("content", {})
            expected = [response["content_type"]] if response["content_type"] else []
            assert list(content) == expected, (operation["operationId"], status)


def test_models_are_those_of_the_contract(
    document: dict[str, Any], contract: dict[str, Any]
) -> None:
    for name, schema in document["components"]["schemas"].items():
        model = contract["models"][name]
        if "fields" not in model:
            assert schema["enum"] == model["values"]
            continue
        fields = {field["name"]: field for field in model["fields"]}
        assert set(schema["properties"]) == set(fields), name
        for field, properties in schema["properties"].items():
            check_field(f"{name}.{field}", properties, fields[field])


def check_field(name: str, properties: dict[str, Any], expected: dict[str, Any]) -> None:
    for here, there in {"minimum": "min", "maximum": "max", "enum": "enum"}.items():
        assert properties.get(here) == expected.get(there), name
    assert properties.get("format") == expected.get("format"), name
    if expected["type"] in ("integer", "number", "string", "boolean"):
        assert properties.get("type", expected["type"]) == expected["type"], name
