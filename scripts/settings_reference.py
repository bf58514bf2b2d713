"""Write the settings reference from the models the services check their input with.

Usage: settings_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from generated_page import summary, write_or_check
from pydantic.json_schema import models_json_schema

from jfjoch.model.calibration_statistics import CalibrationStatisticsInner
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorList, DetectorSelection
from jfjoch.model.detector_status import DetectorStatus
from jfjoch.model.fpga_status import FpgaStatusInner
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.roi import RoiDefinitions
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.model.statistics import JfjochStatistics
from jfjoch.model.status import BrokerStatus, MeasurementStatistics

Schema = dict[str, Any]

SECTIONS: list[tuple[str, str, type[Any]]] = [
    ("The configuration file", "See [configuration](configuration.md).", JfjochSettings),
    ("The body of POST /start", "Everything about one run.", DatasetSettings),
    (
        "The answer of GET /config/select_detector",
        "See [several detectors](../how-to/use-several-detectors.md).",
        DetectorList,
    ),
    ("The body of PUT /config/select_detector", "Which one to use.", DetectorSelection),
    (
        "The body of POST /preview/image.jpeg",
        "See [previews](http.md#previews).",
        PreviewSettings,
    ),
    (
        "The body of PUT /config/spot_finding",
        "See [analysis settings](http.md#analysis-settings).",
        SpotFindingSettings,
    ),
    (
        "The body of PUT /config/roi",
        "See [analysis settings](http.md#analysis-settings).",
        RoiDefinitions,
    ),
    ("The answer of GET /detector/status", "See [watching](http.md#watching).", DetectorStatus),
    ("The answer of GET /fpga_status", "A list of these.", FpgaStatusInner),
    ("The answer of GET /statistics/calibration", "A list of these.", CalibrationStatisticsInner),
    ("The answer of GET /status", "What the broker does now.", BrokerStatus),
    (
        "The answer of GET /statistics/data_collection",
        "The run that goes on, or else the last one.",
        MeasurementStatistics,
    ),
    ("The answer of GET /statistics", "See [watching](http.md#watching).", JfjochStatistics),
]

HEADER = """# Settings

Made from the models by `scripts/docs`; do not edit by hand.

Names end in the unit of their value. In HTTP bodies `null` means the same as leaving a field out
(except in the two appendices) and unknown fields are ignored; in the configuration file an unknown
field is an error.
"""

_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "minLength": "at least {} character",
    "minItems": "at least {} long",
    "maxItems": "at most {} long",
}


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _without_null(field: Schema) -> Schema:
    choices = [c for c in field.get("anyOf", []) if c.get("type") != "null"]
    return {**field, **choices[0]} if len(choices) == 1 else field


def _resolved(schema: Any, definitions: Schema) -> Any:
    """Put named types that are no models in the place of the references to them."""
    if isinstance(schema, list):
        return [_resolved(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    target = definitions.get(_name(schema.get("$ref", "")), {"properties": {}})
    if "properties" not in target:
        schema = {**schema, **target}
        del schema["$ref"]
    return {key: _resolved(value, definitions) for key, value in schema.items()}


def _type(field: Schema) -> str:
    if "$ref" in field:
        name = _name(field["$ref"])
        return f"[{name}](#{name.lower()})"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("type", "any JSON"))


def range_text(field: Schema) -> str:
    """Return the values a field may have, empty when all of its type are allowed."""
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    limits = [text.format(field[key]) for key, text in _LIMITS.items() if key in field]
    return ", ".join(limits)


def _default(name: str, field: Schema, required: list[str]) -> str:
    if name in required:
        return "**required**"
    default = field.get("default")
    return "" if default is None else f"`{json.dumps(default)}`"


def _table(schema: Schema) -> Iterator[str]:
    yield "| field | type | range | default |"
    yield "|---|---|---|---|"
    required = schema.get("required", [])
    for name, raw in schema["properties"].items():
        field = _without_null(raw)
        cells = (f"`{name}`", _type(field), range_text(field), _default(name, field, required))
        yield f"| {' | '.join(cells)} |"


def _references(schema: Any) -> Iterator[str]:
    """Names of the models a schema speaks of, in the order of its fields."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield _name(schema["$ref"])
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _model(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{summary(schema['description'])}\n"
    yield from _table(schema)
    yield ""


def page() -> str:
    """Return the whole page."""
    _, schemas = models_json_schema([(model, "validation") for _, _, model in SECTIONS])
    definitions = _resolved(schemas["$defs"], schemas["$defs"])
    lines = [HEADER]
    done: set[str] = set()
    for title, remark, model in SECTIONS:
        lines += [f"## {title}\n", f"{remark}\n"]
        waiting = [model.__name__]
        while waiting:
            name = waiting.pop(0)
            if name not in done:
                done.add(name)
                lines += _model(name, definitions[name])
                waiting += _references(definitions[name])
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the settings reference.", page))
