"""/entry/instrument: what readers need to know about beam and detector, field by field."""

from typing import Any

import h5py
import numpy as np
import pytest

from jfjoch import __version__
from jfjoch.nxmx.git_commit import installed_commit
from tests.helpers.writer_messages import HEIGHT, WIDTH, image_format
from tests.unit.nxmx.conftest import PEDESTAL, SaveRun

DETECTOR = "/entry/instrument/detector"
SPECIFIC = f"{DETECTOR}/detectorSpecific"


def value(file: h5py.File, path: str) -> Any:
    content = file[path][()]
    return content.decode() if isinstance(content, bytes) else content


@pytest.mark.parametrize(
    ("path", "expected", "units"),
    [
        ("/entry/source/name", "Swiss Light Source", None),
        ("/entry/source/type", "Synchrotron X-ray Source", None),
        ("/entry/instrument/name", "X06SA", None),
        ("/entry/instrument/beam/incident_wavelength", 0.99987, "angstrom"),
        ("/entry/instrument/beam/incident_energy", 12_400.0, "eV"),
        ("/entry/instrument/beam/total_flux", 1e12, "Hz"),
        ("/entry/instrument/attenuator/attenuator_transmission", 0.5, ""),
        (f"{DETECTOR}/description", "JUNGFRAU test", None),
        (f"{DETECTOR}/serial_number", "JF-1", None),
        (f"{DETECTOR}/type", "Pixel", None),
        (f"{DETECTOR}/x_pixel_size", 75e-6, "m"),
        (f"{DETECTOR}/y_pixel_size", 75e-6, "m"),
        (f"{DETECTOR}/sensor_material", "Si", None),
        (f"{DETECTOR}/sensor_thickness", 320e-6, "m"),
        (f"{DETECTOR}/beam_center_x", 31.25, "pixel"),
        (f"{DETECTOR}/beam_center_y", 20.5, "pixel"),
        (f"{DETECTOR}/distance", 0.155, "m"),
        (f"{DETECTOR}/detector_distance", 0.155, "m"),
        (f"{DETECTOR}/transformations/translation", 0.155, "m"),
        (f"{DETECTOR}/depends_on", f"{DETECTOR}/transformations/translation", None),
        (f"{DETECTOR}/count_time", 0.00098, "s"),
        (f"{DETECTOR}/frame_time", 0.001, "s"),
        (f"{DETECTOR}/acquisition_type", "triggered", None),
        (f"{DETECTOR}/number_of_cycles", 1, None),
        (f"{DETECTOR}/pixel_mask_applied", 0, None),
        (f"{DETECTOR}/flatfield_applied", 0, None),
        (f"{DETECTOR}/countrate_correction_applied", 0, None),
        (f"{SPECIFIC}/x_pixels_in_detector", WIDTH, None),
        (f"{SPECIFIC}/y_pixels_in_detector", HEIGHT, None),
        (f"{SPECIFIC}/jungfrau_conversion_applied", 1, None),
        (f"{SPECIFIC}/jungfrau_conversion_factor", 12_400.0, "eV"),
        (f"{SPECIFIC}/geometry_transformation_enabled", 1, None),
        (f"{SPECIFIC}/summation", 1, None),
        (f"{SPECIFIC}/storage_cell_number", 1, None),
        (f"{SPECIFIC}/software_version", f"jfjoch {__version__}", None),
    ],
)
def test_fields(save_run: SaveRun, path: str, expected: Any, units: str | None) -> None:
    """W041: values go to their NXmx places, with units."""
    with h5py.File(save_run()) as file:
        assert value(file, path) == expected
        assert file[path].attrs.get("units") == units


@pytest.mark.parametrize(
    ("path", "nx_class"),
    [
        ("/entry/source", "NXsource"),
        ("/entry/instrument", "NXinstrument"),
        ("/entry/instrument/beam", "NXbeam"),
        ("/entry/instrument/attenuator", "NXattenuator"),
        (DETECTOR, "NXdetector"),
        (f"{DETECTOR}/transformations", "NXtransformations"),
        (f"{DETECTOR}/module", "NXdetector_module"),
        (f"{DETECTOR}/calibration", "NXcollection"),
        (SPECIFIC, "NXcollection"),
    ],
)
def test_groups(save_run: SaveRun, path: str, nx_class: str) -> None:
    with h5py.File(save_run()) as file:
        assert file[path].attrs["NX_class"] == nx_class


def test_short_names(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        assert file["/entry/source/name"].attrs["short_name"] == "Swiss Light Source"
        assert file["/entry/instrument/name"].attrs["short_name"] == "X06SA"


def test_numbers_of_images(save_run: SaveRun) -> None:
    """XDS takes nimages x ntrigger for the images in the files: gaps count, lost ones do not."""
    end = {"images_collected": 6, "images_sent": 5, "images_expected": 20, "cancelled": True}
    with h5py.File(save_run(came=(0, 2, 6), end=end)) as file:
        specific = file[SPECIFIC]
        assert np.issubdtype(specific["nimages"].dtype, np.integer)
        names = ("nimages", "ntrigger", "nimages_expected", "nimages_collected", "nimages_sent")
        assert [specific[name][()] for name in names] == [7, 1, 20, 6, 5]
        assert specific["nimages_written"][()] == 3
        assert specific["data_collection_efficiency"][()] == 0.75
        assert specific["max_receiver_delay"][()] == 3
        assert specific["cancelled"][()] == 1


@pytest.mark.parametrize(
    ("dtype", "bits", "readout", "saturation", "error", "underload"),
    [
        ("int16", 16, 16, 32766, -32768, -32767),
        ("int32", 32, 16, 2**31 - 2, -(2**31), -(2**31) + 1),
        ("uint16", 16, 16, 65534, 65535, None),
        ("uint32", 32, 32, 2**32 - 2, 2**32 - 1, None),
    ],
)
def test_meaning_of_pixel_values(
    save_run: SaveRun,
    dtype: str,
    bits: int,
    readout: int,
    saturation: int,
    error: int,
    underload: int | None,
) -> None:
    """NXmx limits are inclusive; XDS tells 32-bit unsigned images by bit_depth_readout."""
    with h5py.File(save_run(dtype=dtype)) as file:
        detector = file[DETECTOR]
        names = ("bit_depth_image", "bit_depth_readout", "saturation_value", "error_value")
        assert [int(detector[name][()]) for name in names] == [bits, readout, saturation, error]
        assert ("underload_value" in detector) == (underload is not None)
        if underload is not None:
            assert detector["underload_value"][()] == underload


def test_pixel_mask(save_run: SaveRun) -> None:
    """uint32, contiguous, unfiltered, and the same object under both names."""
    with h5py.File(save_run()) as file:
        mask = file[f"{DETECTOR}/pixel_mask"]
        assert mask.dtype == np.uint32
        assert mask.chunks is None
        assert mask.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS
        np.testing.assert_array_equal(mask[()], image_format().pixel_mask)
        assert file[f"{SPECIFIC}/pixel_mask"] == mask


def test_the_commit_is_named_where_it_is_known(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        assert ("git_commit" in file[SPECIFIC]) == bool(installed_commit())
        if installed_commit():
            assert value(file, f"{SPECIFIC}/git_commit") == installed_commit()


def test_no_firmware_version(save_run: SaveRun) -> None:
    """XDS plugins would take the file for one of an old EIGER."""
    names: list[str] = []
    with h5py.File(save_run()) as file:
        file.visit(names.append)
    assert not [name for name in names if "eiger_fw_version" in name]


def test_calibration_and_gain_files(save_run: SaveRun) -> None:
    with h5py.File(save_run()) as file:
        np.testing.assert_array_equal(file[f"{DETECTOR}/calibration/pedestal_g0"], PEDESTAL)
        assert file[f"{SPECIFIC}/gain_file_names"].asstr()[:].tolist() == ["gains_M1.bin"]


def test_a_summed_run(save_run: SaveRun) -> None:
    image = image_format(summation=4, mask_applied=True)
    with h5py.File(save_run(image=image)) as file:
        assert value(file, f"{DETECTOR}/acquisition_type") == "summed"
        assert value(file, f"{DETECTOR}/number_of_cycles") == 4
        assert value(file, f"{DETECTOR}/pixel_mask_applied") == 1


def test_module(save_run: SaveRun) -> None:
    """The beam goes through the middle of pixel (31.25, 20.5), counted from pixel centres."""
    pixel = 75e-6
    with h5py.File(save_run()) as file:
        module = file[f"{DETECTOR}/module"]
        assert module["data_origin"][()].tolist() == [0, 0]
        assert module["data_size"][()].tolist() == [HEIGHT, WIDTH]
        offset = module["module_offset"]
        assert offset[()] == 0.0
        assert offset.attrs["vector"].tolist() == [0, 0, 1]
        np.testing.assert_allclose(offset.attrs["offset"], [31.75 * pixel, 21.0 * pixel, 0])
        assert offset.attrs["offset_units"] == "m"
        assert offset.attrs["depends_on"] == f"{DETECTOR}/transformations/translation"
        for name, vector in (("fast", [-1, 0, 0]), ("slow", [0, -1, 0])):
            direction = module[f"{name}_pixel_direction"]
            assert direction[()] == pixel
            assert direction.attrs["units"] == "m"
            assert direction.attrs["vector"].tolist() == vector
            assert direction.attrs["depends_on"] == f"{DETECTOR}/module/module_offset"
            assert direction.attrs["transformation_type"] == "translation"
        translation = file[f"{DETECTOR}/transformations/translation"]
        assert translation.attrs["vector"].tolist() == [0, 0, 1]
        assert translation.attrs["depends_on"] == "."
