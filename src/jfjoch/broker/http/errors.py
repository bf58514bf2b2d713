"""From our errors to HTTP answers; what an answer looks like is what its operation declares."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from jfjoch.broker.http.declared_responses import declares_text
from jfjoch.broker.validation_text import error_line
from jfjoch.errors import InvalidInput, JfjochError, WrongState
from jfjoch.model.status import ErrorMessage


def add_exception_handlers(app: FastAPI) -> None:
    """Answer every error in the way the contract wants."""
    app.exception_handler(RequestValidationError)(_answer_bad_request)
    app.exception_handler(JfjochError)(_answer_error)
    app.exception_handler(HTTPException)(_answer_http_exception)
    # The server logs these with their traceback; the client learns that it is not its fault.
    app.exception_handler(Exception)(_answer_defect)


async def _answer_bad_request(request: Request, error: RequestValidationError) -> Response:
    return _bad_input(request, "\n".join(_lines(error.errors())))


async def _answer_error(request: Request, error: JfjochError) -> Response:
    if isinstance(error, WrongState):
        error = error.of(f"{request.method} {request.scope['route'].path}")
    if isinstance(error, InvalidInput) and _text_declared(request):
        return PlainTextResponse(str(error), 400)
    if isinstance(error, WrongState) and not _failure_declared(request):
        return PlainTextResponse(str(error), 400)
    if declares_text(request.scope["route"].responses, 500):
        return PlainTextResponse(str(error), 500)
    message = ErrorMessage(msg=str(error), reason=error.reason)
    return JSONResponse(message.model_dump(), 500)


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:
        return _bad_input(request, error.detail)
    return PlainTextResponse(error.detail, error.status_code, error.headers)


async def _answer_defect(_: Request, error: Exception) -> Response:
    text = f"internal error ({type(error).__name__}), please report it with the broker's log"
    return JSONResponse(ErrorMessage(msg=text, reason="Other").model_dump(), 500)


def _bad_input(request: Request, text: str) -> Response:
    if _text_declared(request):
        return PlainTextResponse(text, 400)
    declared = request.scope["route"].responses
    # What is asked for in a way that can't be read is not there, where no 400 is declared.
    return Response(status_code=404 if 404 in declared and 400 not in declared else 400)


def _text_declared(request: Request) -> bool:
    return declares_text(request.scope["route"].responses, 400)


def _failure_declared(request: Request) -> bool:
    return 500 in request.scope["route"].responses


def _lines(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_line(error) for error in errors]


def _line(error: Mapping[str, Any]) -> str:
    place, *path = error["loc"]
    if isinstance(error.get("input"), bytes):
        return f"{place}: expected a JSON object, sent with Content-Type: application/json"
    # Fields are named by themselves; "body" or "query" only where there is no field.
    return error_line(error, path or [place])
