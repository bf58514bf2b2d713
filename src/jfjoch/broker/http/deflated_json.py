"""JSON answers that are compressed unless the client asks for plain ones."""

import zlib
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

_JSON = "application/json"


def _true_when_unreadable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return True


Compression = Annotated[
    bool,
    WrapValidator(_true_when_unreadable),
    Query(description="DEFLATE content coding; what is neither true nor false counts as true"),
]
"""Type of the query parameter ``compression``, whose default is true (B013)."""


def deflated(model: BaseModel, compression: bool) -> Response:
    """Return the model as JSON, fields that are None left out.

    With ``compression`` in content coding "deflate", whatever Accept-Encoding says: the contract
    wants it so. That is a zlib stream (RFC 9110, section 8.4.1.2), not bare DEFLATE.
    """
    body = model.model_dump_json(exclude_none=True, by_alias=True).encode()
    if not compression:
        return Response(body, media_type=_JSON)
    return Response(zlib.compress(body), media_type=_JSON, headers={"Content-Encoding": "deflate"})
