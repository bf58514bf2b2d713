"""A picture of the last image, saved."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jfjoch.broker.validation_text import first_error
from jfjoch.cli.broker_client import BrokerClient, RequestRefused
from jfjoch.cli.client_file import write_file
from jfjoch.errors import InvalidInput, OperationFailed
from jfjoch.model.preview import PreviewSettings

_JPEG_SUFFIXES = (".jpeg", ".jpg")
_TIFF_SUFFIXES = (".tiff", ".tif")


def preview(client: BrokerClient, options: Namespace) -> None:
    """Save the last image, as a JPEG or a TIFF; the last picture of that name is replaced."""
    settings = _settings(options)
    try:
        picture = _picture(client, options.output, settings)
    except RequestRefused as refusal:
        if refusal.status != 404:
            raise
        raise OperationFailed("expected an image, got none yet; take a run first") from refusal
    write_file(options.output, picture)


def _picture(client: BrokerClient, output: Path, settings: PreviewSettings | None) -> bytes:
    suffix = output.suffix.lower()
    if suffix in _JPEG_SUFFIXES:
        path = "/preview/image.jpeg"
        if settings is None:
            return client.get(path)
        return client.post(path, settings.model_dump_json(exclude_unset=True).encode())
    if suffix not in _TIFF_SUFFIXES:
        raise InvalidInput(f"{output}: expected a name that ends in .jpeg or .tiff")
    if settings is not None:
        raise InvalidInput(
            f"{output}: expected no options for a TIFF, which has the values as sent"
        )
    return client.get("/preview/image.tiff")


def _settings(options: Namespace) -> PreviewSettings | None:
    """Return what was asked for; None where the broker is to choose."""
    given: dict[str, Any] = {
        name: value
        for name in PreviewSettings.model_fields
        if (value := getattr(options, name)) is not None
    }
    if not given:
        return None
    if "saturation" not in given:
        raise InvalidInput("the other options of the picture need --saturation N")
    try:
        return PreviewSettings.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(f"options of the picture: {first_error(error)}") from error
