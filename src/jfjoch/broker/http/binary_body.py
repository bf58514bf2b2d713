"""Bodies that are no JSON: pixels as they are, or a TIFF."""

from typing import Annotated, Any

from fastapi import Depends, Request

from jfjoch.broker.http.declared_responses import Responses

OCTETS = "application/octet-stream"
TIFF = "image/tiff"


async def _body_of(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body_of)]
"""Type of an operation's parameter that is given the body."""


def binary_body(media_type: str) -> dict[str, Any]:
    """Return what the OpenAPI document says about a request with such a body."""
    return {"requestBody": {"content": _binary(media_type)}}


def binary_response(media_type: str, description: str) -> Responses:
    """Return the declaration of an answer with such a body."""
    return {200: {"description": description, "content": _binary(media_type)}}


def _binary(media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"type": "string", "format": "binary"}}}
