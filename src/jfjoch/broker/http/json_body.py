"""Reading a JSON body strictly: what is not plain, finite JSON is refused, wherever it stands."""

import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json

from jfjoch.broker.validation_text import json_path

_LOWEST_INTEGER = -(2**63)
_HIGHEST_INTEGER = 2**64 - 1
"""What 64 bits hold, signed or not; the streams carry no more."""


class JsonRoute(APIRoute):
    """A route whose JSON body is read by ``parse_json``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the usual handler, given a request that reads JSON strictly."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(_JsonRequest(request.scope, request.receive))

        return handle_strictly


class _JsonRequest(Request):
    async def json(self) -> Any:
        try:
            return parse_json(await self.body())
        except ValueError as error:
            raise HTTPException(400, f"the body can't be used: {error}") from error


def parse_json(body: bytes) -> Any:
    """Return the value a JSON text (RFC 8259) stands for.

    Raises ValueError for anything else, also for NaN and infinity, lone surrogates, more than 200
    levels, and integers that need more than 64 bits; the message names line or field.
    """
    value = from_json(body, allow_inf_nan=False)
    _check_numbers(value, ())
    return value


def _check_numbers(value: Any, location: tuple[str | int, ...]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_numbers(item, (*location, index))
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{json_path(location)}: expected a number that a double can hold")
    elif isinstance(value, int) and not _LOWEST_INTEGER <= value <= _HIGHEST_INTEGER:
        raise ValueError(f"{json_path(location)}: expected an integer of at most 64 bits")
