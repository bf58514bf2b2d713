"""The broker's settings, printed and replaced as JSON."""

import json
from argparse import Namespace
from pathlib import Path

from pydantic import BaseModel

from jfjoch.cli.broker_client import BrokerClient
from jfjoch.cli.client_file import refuse_existing, write_file
from jfjoch.cli.client_image_files import IMAGES, exchange_image
from jfjoch.cli.client_json import as_json, read_settings
from jfjoch.errors import InvalidInput
from jfjoch.model.azim_int import AzimIntSettings
from jfjoch.model.detector_list import DetectorSelection
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.instrument import InstrumentMetadata
from jfjoch.model.roi import RoiDefinitions
from jfjoch.model.spot_finding import SpotFindingSettings
from jfjoch.model.zeromq import ZeromqMetadataSettings, ZeromqPreviewSettings

SETTINGS: dict[str, type[BaseModel]] = {
    "azim_int": AzimIntSettings,
    "detector": DetectorSettings,
    "image_format": ImageFormatSettings,
    "instrument": InstrumentMetadata,
    "roi": RoiDefinitions,
    "select_detector": DetectorSelection,
    "spot_finding": SpotFindingSettings,
    "zeromq_metadata": ZeromqMetadataSettings,
    "zeromq_preview": ZeromqPreviewSettings,
}
"""What PUT /config/NAME takes."""

NAMES = sorted([*SETTINGS, *IMAGES])


def config(client: BrokerClient, options: Namespace) -> None:
    """Print settings, or save them; put the ones in a file."""
    if options.file is not None and options.output is not None:
        raise InvalidInput("expected a FILE to put or --output to get, got both; leave one out")
    if options.name in IMAGES:
        exchange_image(client, options)
    elif options.id is not None:
        raise InvalidInput(f"--id: expected only with internal_generator_image, not {options.name}")
    elif options.file is not None:
        _put(client, options.name, options.file)
    else:
        _get(client, options.name, options.output)


def _put(client: BrokerClient, name: str, file: str) -> None:
    settings = read_settings(file, SETTINGS[name])
    client.put(f"/config/{name}", settings.model_dump_json(exclude_unset=True).encode())


def _get(client: BrokerClient, name: str, output: Path | None) -> None:
    if output is not None:
        refuse_existing(output)
    text = as_json(json.loads(client.get(f"/config/{name}")))
    if output is None:
        print(text)
    else:
        write_file(output, f"{text}\n".encode())
