"""The OpenAPI document as the contract wants it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

API_VERSION = "1.0.0-rc.29"
TITLE = "Jungfraujoch"
_UNUSED_MODELS = ("HTTPValidationError", "ValidationError")
_STATED_DEFAULTS: dict[str, dict[str, Any]] = {
    "AzimIntSettings": {"solid_angle_corr": True},
    "ImageFormatSettings": {
        "mask_module_edges": True,
        "mask_chip_edges": True,
        "apply_mask": False,
    },
    "Plot": {"title": ""},
    "SpotFindingSettings": {"enable": True, "indexing": True},
    "ZeromqMetadataSettings": {"enabled": True, "period_ms": 1000},
    "ZeromqPreviewSettings": {"enabled": True, "period_ms": 1000},
}
"""What clients fill in by themselves for fields that have to be given all the same."""


def set_openapi(app: FastAPI) -> None:
    """Make ``app`` serve the document; it is built at the first request for it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build_openapi(app)
        return app.openapi_schema

    # FastAPI's documented way to serve a document of one's own.
    app.openapi = openapi  # type: ignore[method-assign]


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """Return the document: no 422, which is never answered, and no null for optional fields.

    Null is accepted in place of an absent field (B011), but it is not part of the contract.
    """
    document = get_openapi(
        title=TITLE,
        version=API_VERSION,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            # A body that is missing is answered 400, but the contract does not call it required.
            operation.get("requestBody", {}).pop("required", None)
    schemas = document.get("components", {}).get("schemas", {})
    for name in _UNUSED_MODELS:
        schemas.pop(name, None)
    for name, schema in schemas.items():
        properties = schema.get("properties", {})
        _drop_null(properties)
        for field, default in _STATED_DEFAULTS.get(name, {}).items():
            properties[field]["default"] = default
    return document


def _drop_null(properties: dict[str, dict[str, Any]]) -> None:
    for schema in properties.values():
        alternatives = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        if len(alternatives) == 1:
            del schema["anyOf"]
            schema.pop("default", None)  # null
            schema.update(alternatives[0])
