"""The configuration file: read once at the start, refused as a whole if anything is wrong."""

import json
import logging
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from jfjoch.broker.detector_file_name import LONGEST_NAME_BYTES, fits_as_file_name
from jfjoch.broker.validation_text import error_lines
from jfjoch.errors import ConfigurationError
from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.detector import Detector

log = logging.getLogger(__name__)


def load_configuration(path: Path) -> JfjochSettings:
    """Read the configuration file; relative paths in it start at its directory.

    Raises ConfigurationError naming the place in the file, what was expected and what is there:
    for a missing file, text that is not JSON, an unknown or repeated key, and a wrong value.
    """
    data = _read_json(path)
    try:
        settings = JfjochSettings.model_validate(data, extra="forbid")
    except ValidationError as error:
        lines = "\n  ".join(error_lines(error.errors(include_url=False)))
        raise ConfigurationError(f"{path} can't be used:\n  {lines}") from error
    _refuse_equal_serial_numbers(path, settings)
    _refuse_long_serial_numbers(path, settings)
    _name_what_is_unused(path, settings)
    return _with_absolute_paths(settings, path.absolute().parent)


def _read_json(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_not_a_number)
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a file, got: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}: expected UTF-8 text, got another byte at position {error.start}"
        ) from error
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{path}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path} can't be used: it is nested too deeply") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} can't be used: {error}") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique: dict[str, Any] = {}
    for key, value in pairs:
        if key in unique:
            raise ValueError(f"key {key!r} stands more than once in an object; keep one")
        unique[key] = value
    return unique


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(f"expected a finite number, got {constant}")


def _refuse_equal_serial_numbers(path: Path, settings: JfjochSettings) -> None:
    """Calibration and user mask of a detector are kept under its serial number."""
    first: dict[str, int] = {}
    for number, detector in enumerate(settings.detector):
        earlier = first.setdefault(detector.serial_number, number)
        if earlier != number:
            raise ConfigurationError(
                f"{path}: detector[{number}].serial_number: {detector.serial_number} is that of "
                f"detector[{earlier}]; expected another one for each detector"
            )


def _refuse_long_serial_numbers(path: Path, settings: JfjochSettings) -> None:
    for number, detector in enumerate(settings.detector):
        if not fits_as_file_name(detector.serial_number):
            raise ConfigurationError(
                f"{path}: detector[{number}].serial_number: files are named after it; expected at "
                f"most {LONGEST_NAME_BYTES} bytes (a character that is no letter, digit or space "
                f"may count for more than one), got {detector.serial_number[:20]}... of "
                f"{len(detector.serial_number)} characters"
            )


def _name_what_is_unused(path: Path, settings: JfjochSettings) -> None:
    """Warn about keys that are taken but do nothing in this version."""
    if settings.frontend_directory:
        log.warning("%s: not used by this version: frontend_directory", path)


def _with_absolute_paths(settings: JfjochSettings, base: Path) -> JfjochSettings:
    detectors = [_with_absolute_gains(detector, base) for detector in settings.detector]
    frontend = settings.frontend_directory
    return settings.model_copy(
        update={
            "detector": detectors,
            "frontend_directory": str(base / frontend) if frontend else "",
        }
    )


def _with_absolute_gains(detector: Detector, base: Path) -> Detector:
    files = [str(base / name) for name in detector.calibration_file]
    return detector.model_copy(update={"calibration_file": files})
