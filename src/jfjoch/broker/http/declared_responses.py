"""The responses operations declare, in the words of the contract."""

from typing import Any

from jfjoch.model.status import ErrorMessage

Responses = dict[int | str, dict[str, Any]]

_TEXT: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}

BAD_INPUT: Responses = {400: {"description": "What is wrong with the input", "content": _TEXT}}
FAILURE: Responses = {500: {"description": "Wrong state, or failed", "model": ErrorMessage}}
TEXT_FAILURE: Responses = {500: {"description": "Why it does not answer", "content": _TEXT}}
NOTHING_YET: Responses = {404: {"description": "There is none yet"}}
WAIT: Responses = {
    400: {"description": "Time-out out of range"},
    502: {"description": "The detector is not initialized"},
    504: {"description": "Still running after the time-out"},
}
PLAIN_TEXT: Responses = {200: {"description": "Text", "content": _TEXT}}
EVERYWHERE: Responses = {
    403: {"description": "Host or Origin header of another place", "content": _TEXT},
    408: {"description": "The body did not come in time", "content": _TEXT},
    413: {"description": "The body is too large", "content": _TEXT},
    429: {"description": "Too many requests at the same time", "content": _TEXT},
}


def declares_text(responses: Responses, status: int) -> bool:
    """Whether an operation declares that this status comes with a text."""
    return "text/plain" in responses.get(status, {}).get("content", {})
