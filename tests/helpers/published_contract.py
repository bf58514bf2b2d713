"""The published HTTP contract: operations and models, as data to make test cases of."""

import json
from pathlib import Path
from typing import Any

import pytest

_FILE = Path(__file__).parents[3] / "shared" / "contract" / "api_contract.json"
"""Lies beside the checkout; not part of it."""

Field = dict[str, Any]

_CONTRACT: dict[str, Any] = (
    json.loads(_FILE.read_text()) if _FILE.exists() else {"operations": [], "models": {}}
)
_FILE_MODELS = {
    "Detector",
    "DetectorModule",
    "DetectorModuleDirection",
    "DetectorType",
    "ImagePusherType",
    "JfjochSettings",
    "PcieDevicesInner",
    "StandardDetectorGeometry",
    "ZeromqSettings",
}
"""Only in the configuration file."""

OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operation"]: operation for operation in _CONTRACT["operations"]
}
"""By the name of the client's function; empty where the contract is not at hand."""
MODELS: dict[str, dict[str, Any]] = {
    name: model for name, model in _CONTRACT["models"].items() if name not in _FILE_MODELS
}
"""Those that travel over HTTP, by name."""

needs_contract = pytest.mark.skipif(
    not OPERATIONS, reason="needs shared/contract beside the checkout, which is not there"
)


def fields_of(model: str) -> dict[str, Field]:
    """Return the fields of a model by name; none for an enumeration."""
    return {field["name"]: field for field in MODELS[model].get("fields", [])}


def values_of(field: Field) -> list[Any] | None:
    """Return what an enumeration allows; None for any other field."""
    if field["type"] == "ref" and MODELS[field["model"]]["kind"] == "enum":
        values: list[Any] = MODELS[field["model"]]["values"]
        return values
    return field.get("enum")


def answered_with_json(operation: dict[str, Any]) -> str | None:
    """Return the model of a GET operation's JSON answer, like ``Plots`` or ``array<integer>``."""
    answer = operation["responses"]["200"]
    if operation["method"] != "GET" or answer["content_type"] != "application/json":
        return None
    model: str = answer["model"]
    return model
