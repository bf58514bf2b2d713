"""What the running broker says about itself, against the published contract, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.configurations import Setup
from tests.helpers.published_contract import MODELS, OPERATIONS, fields_of, needs_contract
from tests.helpers.services import running_broker

pytestmark = needs_contract

DECISION = "0011-additions-to-the-contract.md"
"""The page that explains the differences below; there are no others."""
OWN_STATUS_CODES = {"403", "408", "413", "429"}
OWN_DEFAULTS: dict[tuple[str, str], Any] = {
    ("SpotFindingSettings", "min_spot_count_powder_ring"): 20,
    **{(name, "binning"): 0 for name in OPERATIONS if name.startswith("plot_")},
    ("config_internal_generator_image_put", "id"): 0,
    ("config_internal_generator_image_tiff_put", "id"): 0,
    ("preview_pedestal_tiff_get", "sc"): 0,
}
"""Of fields and parameters for which the contract names none."""
HTTP_MODELS = [name for name, model in MODELS.items() if model["kind"] == "object"]
ENUMERATIONS = [name for name, model in MODELS.items() if model["kind"] == "enum"]
FIELDS = [(model, field) for model in HTTP_MODELS for field in fields_of(model)]
_RANGES = {
    "minimum": "min",
    "maximum": "max",
    "exclusiveMinimum": "exclusive_min",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "format": "format",
    "enum": "enum",
    "default": "default",
}
"""What a schema says, and what the contract calls it."""

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """The OpenAPI description as a client gets it."""
    directory = tmp_path_factory.mktemp("openapi")
    with running_broker(Setup(module_count=1).configuration(), directory) as broker:
        yield broker.client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def served_operations(served: Facts) -> dict[str, Facts]:
    """Served operations by id, extensions left out."""
    return {
        operation["operationId"]: {"path": path, "method": method.upper(), **operation}
        for path, methods in served["paths"].items()
        for method, operation in methods.items()
        if "extension" not in operation.get("tags", [])
    }


def test_the_description_names_the_contract(served: Facts) -> None:
    """B001."""
    assert served["info"]["version"] == "1.0.0-rc.29"


def test_the_contract_is_whole() -> None:
    """What the cases below are made of."""
    assert (len(OPERATIONS), len(MODELS)) == (63, 32)


def test_the_differences_are_explained() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanations" / "decisions" / DECISION
    explained = page.read_text()
    places = {*OWN_STATUS_CODES, *(field for _, field in OWN_DEFAULTS)}
    assert [place for place in sorted(places) if f"`{place}`" not in explained] == []


def test_exactly_the_operations_of_the_contract_are_served(
    served_operations: dict[str, Facts],
) -> None:
    assert set(served_operations) == set(OPERATIONS)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_is_the_contracts(name: str, served_operations: dict[str, Facts]) -> None:
    """Path, method, body, and every status code with its content."""
    ours, theirs = served_operations[name], OPERATIONS[name]
    assert (ours["path"], ours["method"]) == (theirs["path"], theirs["method"])
    assert _request(ours) == theirs.get("request")
    declared = {code: _content(response) for code, response in ours["responses"].items()}
    assert set(declared) - set(theirs["responses"]) == OWN_STATUS_CODES
    for code, response in theirs["responses"].items():
        assert declared[code] == (response["content_type"], response["model"]), code
    for code in OWN_STATUS_CODES:
        assert declared[code] == ("text/plain", "string")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_parameters_are_the_contracts(name: str, served_operations: dict[str, Facts]) -> None:
    """Names, types, ranges, defaults, required or not; all of them in the query."""
    parameters = served_operations[name].get("parameters", [])
    assert all(parameter["in"] == "query" for parameter in parameters)
    ours = {
        parameter["name"]: _facts(parameter["schema"]) | {"required": parameter["required"]}
        for parameter in parameters
    }
    theirs = {field["name"]: _expected(name, field) for field in OPERATIONS[name].get("query", [])}
    assert ours == theirs


def test_exactly_the_models_of_the_contract_are_served(served: Facts) -> None:
    assert set(served["components"]["schemas"]) == set(MODELS)


@pytest.mark.parametrize("model", ENUMERATIONS)
def test_an_enumeration_is_the_contracts(model: str, served: Facts) -> None:
    """B010, B015."""
    schema = served["components"]["schemas"][model]
    assert (schema["type"], schema["enum"]) == (MODELS[model]["type"], MODELS[model]["values"])


@pytest.mark.parametrize("model", HTTP_MODELS)
def test_a_model_has_the_contracts_fields(model: str, served: Facts) -> None:
    schema = served["components"]["schemas"][model]
    assert schema["type"] == "object"
    assert set(schema["properties"]) == set(fields_of(model))


@pytest.mark.parametrize(("model", "field"), FIELDS)
def test_a_field_is_the_contracts(model: str, field: str, served: Facts) -> None:
    """Type, format, required or not, default, values, ranges."""
    schema = served["components"]["schemas"][model]
    ours = _facts(schema["properties"][field])
    ours["required"] = field in schema.get("required", [])
    assert ours == _expected(model, fields_of(model)[field])


def _expected(place: str, field: Facts) -> Facts:
    """The contract's words, and what we add to them."""
    expected = {key: value for key, value in field.items() if key != "name"}
    added = OWN_DEFAULTS.get((place, field["name"]))
    if added is not None:
        assert "default" not in expected, "the contract names one: no difference to allow"
        expected["default"] = added
    return expected


def _facts(schema: Facts) -> Facts:
    """The schema in the words of the contract; no other word may stand in it."""
    known = {*_RANGES, "$ref", "type", "items", "title", "description"}
    assert schema.keys() <= known, schema
    facts = {word: schema[here] for here, word in _RANGES.items() if here in schema}
    if "$ref" in schema:
        return facts | {"type": "ref", "model": schema["$ref"].rpartition("/")[2]}
    if "type" not in schema:
        return facts | {"type": "any", "nullable": True}
    if "items" in schema:
        facts["items"] = _facts(schema["items"])
    return facts | {"type": schema["type"]}


def _request(operation: Facts) -> Facts | None:
    if "requestBody" not in operation:
        return None
    body = operation["requestBody"]
    content_type, model = _content(body)
    name = OPERATIONS[operation["operationId"]]["request"]["client_arg"]  # not in a description
    required = body.get("required", False)
    return {
        "content_type": content_type,
        "model": model,
        "required": required,
        "client_arg": name,
    }


def _content(declaration: Facts) -> tuple[str | None, str | None]:
    """Content type and model of a body, as the contract writes them."""
    if not declaration.get("content"):
        return None, None
    ((content_type, body),) = declaration["content"].items()
    facts = _facts(body["schema"])
    if facts["type"] == "array":
        item = facts["items"]
        return content_type, f"array<{item.get('model', item['type'])}>"
    if facts.get("format") == "binary":
        return content_type, "binary"
    return content_type, facts.get("model", facts["type"])
