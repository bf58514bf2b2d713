"""The pixels a user does not want, and their copy on disk."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jfjoch.broker.atomic_file import replace_bytes, set_aside
from jfjoch.broker.detector_file_name import detector_file_name
from jfjoch.errors import ConfigurationError, InvalidInput, OperationFailed
from jfjoch.geometry.module_shape import RAW_SHAPE
from jfjoch.model.detector import Detector
from jfjoch.preview.tiff import read_tiff, write_tiff


def user_mask_path(state_dir: Path, detector: Detector) -> Path:
    """Where a detector's user mask lives; its serial number is made safe as a file name."""
    return state_dir / "user_mask" / detector_file_name(detector.serial_number, ".tiff")


class UserMaskKeeper:
    """The user mask of the selected detector.

    It is kept as pixels of the modules, so that neither another arrangement of the modules nor
    another form of the image changes what is masked.
    """

    def __init__(self, path: Path, present: NDArray[np.bool_]) -> None:
        self._path = path
        self._present = present

    @property
    def present(self) -> NDArray[np.bool_]:
        """[modules, 512, 1024], True = masked; never changed, only replaced."""
        return self._present

    def replace(self, mask: NDArray[np.bool_]) -> None:
        """Use ``mask``, of the shape of ``present``, from now on, and keep it over a restart.

        Raises OperationFailed when it can't be written; the old one then stays in use.
        """
        image = mask.reshape(-1, RAW_SHAPE[1]).astype(np.uint32)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperationFailed(
                f"{self._path.parent} could not be made ({error.strerror}); check the state "
                "directory"
            ) from error
        replace_bytes(self._path, write_tiff(image))
        self._present = mask


def open_user_mask(detector: Detector, state_dir: Path) -> UserMaskKeeper:
    """Load what was uploaded last, else mask nothing.

    A file that is no mask of this detector is set aside with a warning. Raises ConfigurationError
    when it can't be read at all.
    """
    path = user_mask_path(state_dir, detector)
    nothing = np.zeros((detector.module_count, *RAW_SHAPE), np.bool_)
    try:
        return UserMaskKeeper(path, _read(path, nothing.shape))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigurationError(
            f"{path}: expected a readable file, got: {error.strerror}"
        ) from error
    except InvalidInput as error:
        set_aside(path, str(error))
    return UserMaskKeeper(path, nothing)


def _read(path: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    image = read_tiff(path.read_bytes(), np.uint32)
    module_count, rows, columns = shape
    if image.shape != (module_count * rows, columns):
        height, width = image.shape
        raise InvalidInput(
            f"expected {columns} x {module_count * rows} pixels (width x height; {module_count}"
            f" modules), got {width} x {height}"
        )
    return image.reshape(shape).astype(np.bool_)
