"""Masks and generator images, as TIFF files."""

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from jfjoch.cli.broker_client import BrokerClient, RequestRefused
from jfjoch.cli.client_exit import NotInThisState
from jfjoch.cli.client_file import read_file, refuse_existing, write_file
from jfjoch.errors import InvalidInput

_TIFF = "image/tiff"
_SUFFIXES = (".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class _Directions:
    get: bool
    put: bool


IMAGES = {
    "internal_generator_image": _Directions(get=False, put=True),
    "mask": _Directions(get=True, put=False),
    "user_mask": _Directions(get=True, put=True),
}
"""What /config/NAME.tiff gives and takes."""


def exchange_image(client: BrokerClient, options: Namespace) -> None:
    """Put the image in a file, or save the broker's. Raises InvalidInput, NotInThisState."""
    name, may = options.name, IMAGES[options.name]
    if options.id is not None and may.get:
        raise InvalidInput(f"--id: expected only with internal_generator_image, not {name}")
    if options.file is not None:
        if not may.put:
            raise InvalidInput(f"{name}: expected --output FILE.tiff, as it can only be read")
        _put(client, name, Path(options.file), options.id)
    elif not may.get:
        raise InvalidInput(f"{name}: expected a FILE.tiff, as it can only be put")
    elif options.output is None:
        raise InvalidInput(f"{name}: expected --output FILE.tiff, as an image can't be printed")
    else:
        _get(client, name, options.output)


def _get(client: BrokerClient, name: str, output: Path) -> None:
    _check_suffix(output)
    refuse_existing(output)
    write_file(output, client.get(f"/config/{name}.tiff"))


def _put(client: BrokerClient, name: str, file: Path, image_id: int | None) -> None:
    _check_suffix(file)
    query = "" if image_id is None else f"?id={image_id}"
    try:
        client.put(f"/config/{name}.tiff{query}", read_file(file), _TIFF)
    except RequestRefused as refusal:
        # For generator images the interface has no other answer to a wrong state.
        if refusal.status == 400 and client.status().state != "Idle":
            raise NotInThisState(str(refusal)) from refusal
        raise


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise InvalidInput(f"{path}: expected a name that ends in .tiff, got {path.suffix!r}")
