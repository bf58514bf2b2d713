"""What the running broker says about itself, against the published contract."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.configurations import Setup
from tests.helpers.services import running_broker

SERVED = {
    "cancel_post",
    "config_azim_int_get",
    "config_azim_int_put",
    "config_detector_get",
    "config_detector_put",
    "config_image_format_conversion_post",
    "config_image_format_get",
    "config_image_format_put",
    "config_image_format_raw_post",
    "config_instrument_get",
    "config_instrument_put",
    "config_internal_generator_image_put",
    "config_internal_generator_image_tiff_put",
    "config_mask_get",
    "config_mask_tiff_get",
    "config_roi_get",
    "config_roi_put",
    "config_select_detector_get",
    "config_select_detector_put",
    "config_spot_finding_get",
    "config_spot_finding_put",
    "config_user_mask_get",
    "config_user_mask_put",
    "config_user_mask_tiff_get",
    "config_user_mask_tiff_put",
    "config_zeromq_metadata_get",
    "config_zeromq_metadata_put",
    "config_zeromq_preview_get",
    "config_zeromq_preview_put",
    "deactivate_post",
    "detector_status_get",
    "fpga_status_get",
    "initialize_post",
    "pedestal_post",
    "plot_azim_int_get",
    "plot_bkg_estimate_get",
    "plot_error_pixel_get",
    "plot_image_collection_efficiency_get",
    "plot_indexing_rate_get",
    "plot_indexing_unit_cell_angle_get",
    "plot_indexing_unit_cell_get",
    "plot_receiver_delay_get",
    "plot_receiver_free_send_buffers_get",
    "plot_roi_max_count_get",
    "plot_roi_sum_get",
    "plot_roi_valid_pixels_get",
    "plot_spot_count_get",
    "plot_strong_pixel_get",
    "preview_calibration_tiff_get",
    "preview_image_jpeg_get",
    "preview_image_jpeg_post",
    "preview_image_tiff_get",
    "preview_pedestal_tiff_get",
    "start_post",
    "statistics_calibration_get",
    "statistics_data_collection_get",
    "statistics_get",
    "status_get",
    "trigger_post",
    "version_get",
    "wait_till_done_post",
    "xfel_event_code_get",
    "xfel_pulse_id_get",
}
OWN_STATUS_CODES = {"403", "408", "413", "429"}
"""Refusals of the transport, declared for every operation."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The OpenAPI description as a client gets it."""
    directory = tmp_path_factory.mktemp("openapi")
    with running_broker(Setup(module_count=1).configuration(), directory) as broker:
        yield broker.client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def contract(shared_contract: Path) -> dict[str, Any]:
    """The published contract."""
    return json.loads((shared_contract / "api_contract.json").read_text())


@pytest.fixture(scope="module")
def served_operations(served: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Served operations by id, extensions left out."""
    return {
        operation["operationId"]: {"path": path, "method": method.upper(), **operation}
        for path, methods in served["paths"].items()
        for method, operation in methods.items()
        if "extension" not in operation.get("tags", [])
    }


@pytest.fixture(scope="module")
def expected_operations(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Operations of the contract by id."""
    return {operation["operation"]: operation for operation in contract["operations"]}


def test_the_description_names_the_contract(served: dict[str, Any]) -> None:
    """B001."""
    assert served["info"]["version"] == "1.0.0-rc.29"


def test_exactly_these_operations_are_served(served_operations: dict[str, Any]) -> None:
    assert set(served_operations) == SERVED


@pytest.mark.parametrize("name", sorted(SERVED))
def test_an_operation_is_the_contracts(
    name: str,
    served_operations: dict[str, dict[str, Any]],
    expected_operations: dict[str, dict[str, Any]],
) -> None:
    """Path, method, query parameters, body, and every status code with its content."""
    ours, theirs = served_operations[name], expected_operations[name]
    assert (ours["path"], ours["method"]) == (theirs["path"], theirs["method"])
    assert _query(ours) == {field["name"]: _limits(field) for field in theirs.get("query", [])}
    assert _request(ours) == _expected_request(theirs)
    declared = {code: _content(response) for code, response in ours["responses"].items()}
    assert set(declared) - set(theirs["responses"]) == OWN_STATUS_CODES
    for code, response in theirs["responses"].items():
        assert declared[code] == (response["content_type"], response["model"]), code


def _query(operation: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        parameter["name"]: (
            *_field_limits(parameter["schema"]),
            parameter.get("required", False),
        )
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }


def _limits(field: dict[str, Any]) -> tuple[Any, ...]:
    return field.get("min"), field.get("max"), field["required"]


def _request(operation: dict[str, Any]) -> tuple[str | None, str | None]:
    return _content(operation.get("requestBody", {}))


def _expected_request(operation: dict[str, Any]) -> tuple[str | None, str | None]:
    request = operation.get("request", {})
    return request.get("content_type"), request.get("model")


def _content(declaration: dict[str, Any]) -> tuple[str | None, str | None]:
    """Content type and model of a body, as the contract writes them."""
    for content_type, body in declaration.get("content", {}).items():
        schema = body.get("schema", {})
        if "$ref" in schema:
            return content_type, schema["$ref"].rpartition("/")[2]
        if schema.get("format") == "binary":
            return content_type, "binary"
        if schema.get("type") == "array":
            return content_type, f"array<{_item(schema['items'])}>"
        return content_type, schema.get("type")
    return None, None


def _item(schema: dict[str, Any]) -> str:
    reference = schema.get("$ref", "")
    return str(reference.rpartition("/")[2] or schema["type"])


def test_models_have_the_contracts_fields(served: dict[str, Any], contract: dict[str, Any]) -> None:
    """Names, required or not, and limits of every field of every model that is served."""
    for name, schema in served["components"]["schemas"].items():
        model = contract["models"][name]
        if model["kind"] != "object":
            continue
        theirs = {field["name"]: field for field in model["fields"]}
        assert set(schema["properties"]) == set(theirs), name
        required = {field for field, about in theirs.items() if about["required"]}
        assert set(schema.get("required", [])) == required, name
        for field, about in theirs.items():
            ours = schema["properties"][field]
            assert _field_limits(ours) == (about.get("min"), about.get("max")), (name, field)


def _field_limits(schema: dict[str, Any]) -> tuple[Any, Any]:
    """An optional field may be described as one of several types."""
    choices = [schema, *schema.get("anyOf", [])]
    found = [c for c in choices if "minimum" in c or "maximum" in c]
    return (found[0].get("minimum"), found[0].get("maximum")) if found else (None, None)
