"""Write the list of HTTP operations from what the broker serves and from its table of states.

Usage: api_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any, get_args

import settings_reference
from fastapi import FastAPI
from generated_page import summary, write_or_check

from jfjoch.broker.http import application, declared_responses
from jfjoch.broker.http.facade import BrokerFacade
from jfjoch.broker.state_machine import Command, taken_in
from jfjoch.model.status import BrokerState

Operation = dict[str, Any]
Request = tuple[str, str, Operation]
"""Path, method, and what the OpenAPI document says."""

HEADER = """# HTTP operations

Made from the code by `scripts/docs`; do not edit by hand. What all operations have in common, and
what status codes, plots, previews and figures mean, is in [HTTP](http.md).

State: where the request is taken. Elsewhere it is answered 500, or 400 where no 500 is listed, and
nothing changes ([states](states.md)). Every operation may be answered 403, 408, 413 or 429.
"""
_COMMANDS: dict[str, Command] = {
    "config_azim_int_put": "put_azim_int",
    "config_detector_put": "put_detector",
    "config_image_format_conversion_post": "put_settings",
    "config_image_format_put": "put_settings",
    "config_image_format_raw_post": "put_settings",
    "config_instrument_put": "put_settings",
    "config_internal_generator_image_put": "put_generator_image",
    "config_internal_generator_image_tiff_put": "put_generator_image",
    "config_roi_put": "put_settings",
    "config_select_detector_put": "select_detector",
    "config_spot_finding_put": "put_live",
    "config_user_mask_put": "put_user_mask",
    "config_user_mask_tiff_put": "put_user_mask",
    "config_zeromq_metadata_put": "put_live",
    "config_zeromq_preview_put": "put_live",
    "deactivate_post": "deactivate",
    "initialize_post": "initialize",
    "pedestal_post": "pedestal",
    "start_post": "start",
    "cancel_post": "cancel",
    "trigger_post": "trigger",
    "wait_till_done_post": "wait",
}
"""Operations that the table of states knows. Of the others only GETs and previews need none."""
_FIRST = "Control and status"
_STATES: tuple[BrokerState, ...] = get_args(BrokerState)
_ANCHORS = {"ErrorMessage": "status-codes", "Plots": "plots"}
"""Of models that the page about HTTP explains."""
_KNOWN_MODELS = {
    line.removeprefix("### ")
    for line in settings_reference.page().splitlines()
    if line.startswith("### ")
}


class _Nobody:
    """Stands for the broker of an application that is only asked what it serves."""


def page() -> str:
    """Return the whole page."""
    nobody: BrokerFacade = _Nobody()  # type: ignore[assignment]
    app: FastAPI = application.create_app(nobody)
    lines = [HEADER]
    for title, requests in groupby(_requests(app.openapi()), _group):
        lines += [f"## {title}\n", *_table(list(requests)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _requests(document: dict[str, Any]) -> list[Request]:
    found = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(found, key=lambda request: (_group(request) != _FIRST, request[:2]))


def _group(request: Request) -> str:
    _, first, *more = request[0].split("/")
    return f"/{first}" if more or first == "statistics" else _FIRST


def _table(requests: list[Request]) -> Iterator[str]:
    yield "| request | does | state | query | body | answers |"
    yield "|---|---|---|---|---|---|"
    for path, method, operation in requests:
        cells = (
            f"`{method.upper()} {path}`",
            summary(operation["description"]),
            _states(method, operation),
            ", ".join(_parameter(one) for one in operation.get("parameters", [])),
            _content(operation.get("requestBody", {})),
            _answers(operation["responses"]),
        )
        yield f"| {' | '.join(cells)} |"


def _states(method: str, operation: Operation) -> str:
    name = operation["operationId"]
    if name not in _COMMANDS:
        if method == "get" or name.startswith("preview_"):
            return "any"
        raise SystemExit(f"{name}: name its command in _COMMANDS")
    taken = taken_in(_COMMANDS[name])
    without_effect = [state for state in taken if taken[state].effect == "nothing"]
    if len(taken) < len(_STATES):
        return ", ".join(taken)
    if 0 < len(without_effect) < len(_STATES):
        return f"any; without effect in {', '.join(without_effect)}"
    return "any"


def _parameter(parameter: Operation) -> str:
    schema = parameter["schema"]
    limits = settings_reference.range_text(schema)
    default = "required" if parameter["required"] else f"default {_plain(schema['default'])}"
    return f"`{parameter['name']}`: {schema['type']}{', ' if limits else ''}{limits}, {default}"


def _plain(value: Any) -> str:
    return str(value).lower()


def _content(part: Operation) -> str:
    return ", ".join(_body(*entry) for entry in part.get("content", {}).items())


def _body(media_type: str, content: Operation) -> str:
    if media_type == "application/json":
        return _model(content["schema"])
    return "text" if media_type == "text/plain" else media_type


def _model(schema: Operation) -> str:
    if schema.get("type") == "array":
        return f"list of {_model(schema['items'])}"
    if "$ref" not in schema:
        return str(schema["type"])
    name = schema["$ref"].rsplit("/", 1)[-1]
    place = "settings.md" if name in _KNOWN_MODELS else "http.md"
    return f"[{name}]({place}#{_ANCHORS.get(name, name.lower())})"


def _answers(responses: Operation) -> str:
    everywhere = {str(status) for status in declared_responses.EVERYWHERE}
    texts = [
        f"{status} {_content(answer)}".rstrip()
        for status, answer in sorted(responses.items())
        if status not in everywhere
    ]
    return ", ".join(texts)


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the list of HTTP operations.", page))
