"""Settings -> plan: counts, times, output format, and what is refused."""

import pytest

from jfjoch.errors import InvalidInput
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT, ImageFormatSettings
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.plan import AcquisitionPlan, RunIdentity
from jfjoch.receiver.planning import ImageSize, plan_acquisition

SIZE = ImageSize(1064, 1030)


def plan(
    dataset: dict[str, object] | None = None,
    settings: dict[str, object] | None = None,
    image_format: dict[str, object] | None = None,
) -> AcquisitionPlan:
    given = {
        "beam_x_pxl": 500.0,
        "beam_y_pxl": 500.0,
        "detector_distance_mm": 150.0,
        "incident_energy_keV": 12.4,
        "file_prefix": "x",
    }
    experiment = Experiment(
        detector=Detector(
            description="d",
            serial_number="s",
            standard_geometry=StandardDetectorGeometry(nmodules=2),
        ),
        detector_settings=DetectorSettings.model_validate(
            {"frame_time_us": 1000, "timing": "auto"} | (settings or {})
        ),
        image_format=ImageFormatSettings.model_validate(
            DEFAULT_IMAGE_FORMAT.model_dump() | (image_format or {})
        ),
        instrument=DEFAULT_INSTRUMENT,
    )
    return plan_acquisition(
        experiment,
        DatasetSettings.model_validate(given | (dataset or {})),
        SIZE,
        lambda: RunIdentity(7, "7:x"),
    )


def test_image_time_defaults_to_frame_time() -> None:
    """B038: absent or 0 means frame time; B083: count time is frame time less read-out."""
    for dataset in ({}, {"image_time_us": 0}):
        result = plan(dataset)
        assert result.pixels.frames_per_image == 1
        assert result.images.image_time_s == pytest.approx(1e-3)
        assert result.images.count_time_s == pytest.approx(980e-6)


def test_images_are_counted_over_triggers() -> None:
    """B037: images expected = images_per_trigger x ntrigger."""
    result = plan({"images_per_trigger": 10, "ntrigger": 3, "image_time_us": 4000})
    assert result.images.image_count == 30
    assert result.frames.frame_count == 120
    assert result.pixels.frames_per_image == 4
    assert result.images.image_time_s == pytest.approx(4e-3)
    assert result.images.count_time_s == pytest.approx(4 * 980e-6)


def test_triggers_release_their_own_frames() -> None:
    result = plan({"images_per_trigger": 10, "ntrigger": 3}, {"timing": "trigger"})
    assert result.frames.wait_for_trigger
    assert result.frames.frames_per_trigger == 10


def test_what_a_real_detector_does_with_a_trigger() -> None:
    """B086: it waits after it."""
    result = plan(settings={"timing": "trigger", "detector_trigger_delay_ns": 2500})
    assert result.frames.trigger_timing == "trigger"
    assert result.frames.trigger_delay_s == pytest.approx(2.5e-6)


def test_generator_waits_for_no_trigger() -> None:
    settings = {"timing": "trigger", "internal_frame_generator": True}
    result = plan({"images_per_trigger": 10, "ntrigger": 3}, settings)
    assert result.frames.origin == "internal_generator"
    assert not result.frames.wait_for_trigger
    assert result.frames.frames_per_trigger == 30


@pytest.mark.parametrize("image_time_us", [1, 999, 1001, 257_000])
def test_bad_image_time_is_refused(image_time_us: int) -> None:
    """B039: a multiple of the frame time, at most 256 times it."""
    with pytest.raises(InvalidInput, match=r"image_time_us .*256000.* got"):
        plan({"image_time_us": image_time_us})


def test_longest_image_time() -> None:
    """B039."""
    assert plan({"image_time_us": 256_000}).pixels.frames_per_image == 256


def test_without_summation_frames_are_images() -> None:
    """B102: images at detector rate, with the image count adjusted."""
    result = plan(
        {"image_time_us": 4000, "images_per_trigger": 5}, image_format={"summation": False}
    )
    assert result.pixels.frames_per_image == 1
    assert result.images.image_count == 20
    assert result.images.image_time_s == pytest.approx(1e-3)


def test_raw_data_ignore_image_time() -> None:
    """B041: raw data are never summed, whatever is asked for; they are unsigned 16 bit."""
    result = plan({"image_time_us": 1234}, image_format={"jungfrau_conversion": False})
    assert result.pixels.energy_per_count_keV is None
    assert result.pixels.dtype == "uint16"
    assert (result.pixels.error_value, result.pixels.saturation_value) == (65535, 65534)
    assert result.images.image_count == 1


@pytest.mark.parametrize(
    ("frames", "image_format", "dtype"),
    [
        (1, {}, "int16"),
        (2, {}, "int16"),
        (3, {}, "int32"),
        (3, {"bit_depth_image": 16}, "int16"),
        (1, {"bit_depth_image": 32}, "int32"),
        (1, {"bit_depth_image": 8}, "int8"),
        (1, {"signed_output": False}, "uint16"),
    ],
)
def test_output_type(frames: int, image_format: dict[str, object], dtype: str) -> None:
    """B106, B107: as set; automatic is signed, 16 bit up to 2 frames and 32 bit beyond."""
    result = plan({"image_time_us": 1000 * frames}, image_format=image_format)
    assert result.pixels.dtype == dtype


def test_special_values_of_signed_output() -> None:
    pixels = plan().pixels
    assert pixels.error_value == -32768
    assert pixels.saturated_value == 32767
    assert pixels.saturation_value == 32766


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("signed", [True, False])
def test_special_values_of_every_type(bits: int, signed: bool) -> None:
    """B106, B107: errors at the lower end of signed types, else at the upper one."""
    image_format = {"bit_depth_image": bits, "signed_output": signed}
    pixels = plan(image_format=image_format).pixels
    highest = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    assert pixels.dtype == f"{'' if signed else 'u'}int{bits}"
    assert pixels.error_value == (-highest - 1 if signed else highest)
    assert pixels.saturated_value == highest
    assert pixels.saturation_value == highest - 1


def test_threshold_and_poisson_factor() -> None:
    """B059, B063: as asked for; off when absent or 0."""
    asked = plan({"pixel_value_low_threshold": 7, "poisson_compression": 16}).pixels
    assert (asked.low_threshold, asked.poisson_factor) == (7, 16)
    for off in ({}, {"pixel_value_low_threshold": 0, "poisson_compression": 0}):
        pixels = plan(off).pixels
        assert (pixels.low_threshold, pixels.poisson_factor) == (0, 0)


def test_energy_per_count() -> None:
    """B105: the conversion factor, else the incident energy."""
    assert plan().pixels.energy_per_count_keV == 12.4
    factor = {"jungfrau_conversion_factor_keV": 3.0}
    assert plan(image_format=factor).pixels.energy_per_count_keV == 3.0


def test_beam_in_si_units() -> None:
    """B043, B044, B105: metres and eV, whatever the settings are in; 320 um unless told else."""
    beam = plan({"detector_distance_mm": 75.5, "incident_energy_keV": 12.398_42}).beam
    assert beam.detector_distance_m == pytest.approx(0.0755)
    assert beam.sensor_thickness_m == pytest.approx(320e-6)
    assert beam.incident_energy_eV == pytest.approx(12_398.42)
    assert beam.incident_wavelength_angstrom == pytest.approx(1.0, abs=1e-6)
    assert beam.energy_per_count_eV == beam.incident_energy_eV
    assert beam.threshold_energy_eV is None
    factor = {"jungfrau_conversion_factor_keV": 3.0}
    assert plan(image_format=factor).beam.energy_per_count_eV == pytest.approx(3000)
    raw = plan(image_format={"jungfrau_conversion": False}).beam
    assert raw.energy_per_count_eV is None


@pytest.mark.parametrize(("images", "saved"), [(4, False), (5, True)])
def test_calibration_is_saved_for_more_than_four_images(images: int, saved: bool) -> None:
    """B065."""
    assert plan({"images_per_trigger": images}).saves_calibration is saved
    assert plan(
        {"images_per_trigger": images, "save_calibration": not saved}
    ).saves_calibration is (not saved)


def test_empty_prefix_saves_nothing() -> None:
    """B045."""
    assert not plan({"file_prefix": ""}).saves_images


def test_huge_run_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 2147483647"):
        plan({"images_per_trigger": 2**40})


def test_usual_gain_and_one_storage_cell() -> None:
    frames = plan().frames
    assert (frames.gain_stage, frames.use_hg0, frames.pulsed) == ("dynamic", False, False)
    assert (frames.storage_cell_count, frames.storage_cell_delay_s) == (1, 0.0)
    assert [frames.storage_cell(number) for number in range(3)] == [0, 0, 0]


def test_storage_cells() -> None:
    """B092: cells follow each other from the first frame on."""
    settings = {"jungfrau_storage_cell_count": 4, "jungfrau_storage_cell_delay_ns": 2100}
    result = plan({"ntrigger": 3}, settings | {"timing": "trigger"})
    assert [result.frames.storage_cell(number) for number in range(6)] == [0, 1, 2, 3, 0, 1]
    assert result.frames.storage_cell_delay_s == pytest.approx(2.1e-6)
    assert (result.frames.frames_per_trigger, result.images.image_count) == (4, 12)
    assert result.images.image_time_s == pytest.approx(1e-3)


def test_gain_settings() -> None:
    """B093, B094."""
    assert plan(settings={"jungfrau_fixed_gain_g1": True}).frames.gain_stage == "fixed_g1"
    assert plan(settings={"jungfrau_use_gain_hg0": True}).frames.use_hg0


def test_goniometer_step_is_per_image() -> None:
    """B052: frames of a sum share it."""
    goniometer = {"step": 0.5, "start": 10.0, "vector": [1.0, 0.0, 0.0]}
    rotation = plan({"goniometer": goniometer, "image_time_us": 5000}).frames.rotation
    assert rotation is not None
    assert (rotation.start_deg, rotation.axis) == (10.0, (1.0, 0.0, 0.0))
    assert rotation.increment_deg == pytest.approx(0.1)
    assert plan().frames.rotation is None


def test_goniometer_needs_a_direction() -> None:
    with pytest.raises(InvalidInput, match=r"goniometer\.vector must be the direction"):
        plan({"goniometer": {"step": 0.5, "vector": [0.0, 0.0, 0.0]}})


def test_run_too_long_for_a_writer_is_refused() -> None:
    """The writer has the same limits: a run it would refuse is not started."""
    with pytest.raises(InvalidInput, match="at most 100000000 images"):
        plan({"images_per_trigger": 200_000_000})
    with pytest.raises(InvalidInput, match="were asked for"):
        plan({}, {"frame_time_us": 2**62})
