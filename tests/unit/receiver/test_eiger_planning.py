"""Settings of an EIGER -> plan."""

import pytest

from jfjoch.errors import InvalidInput
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT, ImageFormatSettings
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.plan import AcquisitionPlan, RunIdentity
from jfjoch.receiver.detector_limits import check_detector_settings
from jfjoch.receiver.planning import ImageSize, plan_acquisition

EIGER = Detector.model_validate(
    {
        "description": "E",
        "serial_number": "s",
        "type": "EIGER",
        "standard_geometry": {"nmodules": 1},
    }
)


def settings_of(**changes: object) -> DetectorSettings:
    return DetectorSettings.model_validate({"frame_time_us": 1000, "timing": "auto"} | changes)


def plan(
    settings: dict[str, object] | None = None,
    image_format: dict[str, object] | None = None,
    **dataset: object,
) -> AcquisitionPlan:
    given = {
        "beam_x_pxl": 500.0,
        "beam_y_pxl": 250.0,
        "detector_distance_mm": 150.0,
        "incident_energy_keV": 12.4,
    }
    experiment = Experiment(
        detector=EIGER,
        detector_settings=settings_of(**(settings or {})),
        image_format=ImageFormatSettings.model_validate(
            DEFAULT_IMAGE_FORMAT.model_dump() | (image_format or {})
        ),
        instrument=DEFAULT_INSTRUMENT,
    )
    return plan_acquisition(
        experiment,
        DatasetSettings.model_validate(given | dataset),
        ImageSize(514, 1030),
        lambda: RunIdentity(1, "1:"),
    )


def bits_of(of_run: AcquisitionPlan) -> int:
    assert of_run.frames.counter is not None
    assert of_run.frames.counter == of_run.pixels.counter
    assert of_run.frames.frame_dtype == of_run.pixels.frame_dtype
    return of_run.frames.counter.bits


@pytest.mark.parametrize(
    ("frame_time_us", "bits"),
    [(250, 8), (499, 8), (500, 16), (2621, 16), (2622, 32), (100_000, 32)],
)
def test_depth_follows_the_image_time(frame_time_us: int, bits: int) -> None:
    """B089: below 500 us 8 bit, below 2622 us 16 bit, else 32."""
    by_frame_time = plan({"frame_time_us": frame_time_us})
    assert bits_of(by_frame_time) == bits
    assert by_frame_time.frames.readout_dtype == by_frame_time.pixels.dtype == f"uint{bits}"
    assert by_frame_time.frames.frame_dtype == f"uint{max(16, bits)}"
    assert bits_of(plan(image_time_us=frame_time_us)) == bits


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_depth_as_set(bits: int) -> None:
    """B089."""
    assert bits_of(plan({"eiger_bit_depth": bits})) == bits


@pytest.mark.parametrize(
    ("readout", "frames", "image_format", "dtype", "saturation"),
    [
        (8, 1, {}, "uint8", 254),
        (16, 1, {}, "uint16", 4095),
        (32, 1, {}, "uint32", 2**32 - 2),
        (8, 1, {"bit_depth_image": 16}, "uint16", 255),
        (8, 1, {"bit_depth_image": 32}, "uint32", 255),
        (16, 1, {"bit_depth_image": 8}, "uint8", 254),
        (32, 1, {"bit_depth_image": 16}, "uint16", 65534),
        (16, 1, {"signed_output": True}, "int16", 4095),
        (8, 1, {"signed_output": True}, "int8", 126),
        (32, 1, {"signed_output": True}, "int32", 2**31 - 2),
        (8, 2, {}, "uint16", 65534),
        (16, 2, {}, "uint16", 65534),
        (16, 3, {}, "uint32", 2**32 - 2),
        (8, 3, {"bit_depth_image": 8}, "uint8", 254),
        (16, 4, {"signed_output": True}, "int32", 2**31 - 2),
        (16, 4, {"summation": False}, "uint16", 4095),
    ],
)
def test_output(
    readout: int, frames: int, image_format: dict[str, object], dtype: str, saturation: int
) -> None:
    """B106, B107: unsigned unless set; without summation the read-out depth and its limit."""
    image_time = {"image_time_us": 1000 * frames}
    pixels = plan({"eiger_bit_depth": readout}, image_format, **image_time).pixels
    assert (pixels.dtype, pixels.saturation_value) == (dtype, saturation)
    assert pixels.frames_per_image == (frames if image_format.get("summation", True) else 1)


@pytest.mark.parametrize("conversion", [False, True])
def test_conversion_is_not_for_an_eiger(conversion: bool) -> None:
    """B104: counts stay counts, and are summed either way; B065: nothing to save."""
    image_format = {"jungfrau_conversion": conversion, "jungfrau_conversion_factor_keV": 3.0}
    result = plan(None, image_format, image_time_us=4000, save_calibration=True)
    assert result.pixels.energy_per_count_keV is None
    assert result.pixels.frames_per_image == 4
    assert not result.saves_calibration


def test_threshold_in_electron_volts() -> None:
    """B088: as set, else half the incident energy; counts stand for photons, not for energy."""
    beam = plan().beam
    assert beam.threshold_energy_eV == pytest.approx(6200)
    assert beam.energy_per_count_eV is None
    assert plan({"eiger_threshold_keV": 4.5}).beam.threshold_energy_eV == pytest.approx(4500)


def test_multiple_of_the_frame_time_is_summed() -> None:
    result = plan(image_time_us=256_000)
    assert result.pixels.frames_per_image == 256
    assert result.frames.frame_time_s == pytest.approx(1e-3)


@pytest.mark.parametrize("image_time_us", [250, 999, 1500, 257_000, 10**9])
def test_any_other_image_time_is_that_of_one_frame(image_time_us: int) -> None:
    """B039, B082: the frame time is a default only; the read-out takes 3 us (B191)."""
    result = plan(image_time_us=image_time_us, images_per_trigger=7)
    assert result.pixels.frames_per_image == 1
    assert result.frames.frame_count == result.images.image_count == 7
    assert result.frames.frame_time_s == pytest.approx(image_time_us * 1e-6)
    assert result.images.image_time_s == pytest.approx(image_time_us * 1e-6)
    assert result.images.count_time_s == pytest.approx((image_time_us - 3) * 1e-6)


@pytest.mark.parametrize(
    ("settings", "image_time_us", "message"),
    [
        ({}, 249, "image_time_us 249 is no multiple .*at least 250 for EIGER"),
        ({"count_time_us": 800}, 700, "image_time_us 700 .*count_time_us must be from 10 to 697"),
    ],
)
def test_image_time_no_frame_can_have(
    settings: dict[str, object], image_time_us: int, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        plan(settings, image_time_us=image_time_us)


@pytest.mark.parametrize(("threshold", "expected"), [({}, 6.2), ({"eiger_threshold_keV": 9.0}, 9)])
def test_threshold(threshold: dict[str, object], expected: float) -> None:
    """B088: as set, else half the incident energy."""
    assert plan(threshold).frames.threshold_energy_keV == pytest.approx(expected)


@pytest.mark.parametrize("timing", ["trigger", "burst", "gated"])
def test_every_timing_but_auto_waits_for_triggers(timing: str) -> None:
    """B087."""
    frames = plan({"timing": timing}, images_per_trigger=5, ntrigger=2).frames
    assert frames.wait_for_trigger
    assert (frames.frames_per_trigger, frames.frame_count) == (5, 10)
    assert not plan({"timing": "auto"}).frames.wait_for_trigger


def test_settings_of_a_jungfrau_mean_nothing() -> None:
    """B092-B094: neither refused nor followed."""
    odd = {
        "jungfrau_storage_cell_count": 4,
        "jungfrau_fixed_gain_g1": True,
        "jungfrau_use_gain_hg0": True,
        "jungfrau_pedestal_g0_frames": 0,
        "jungfrau_pedestal_g1_frames": 1,
    }
    check_detector_settings(EIGER, settings_of(timing="burst", **odd))
    result = plan(odd, images_per_trigger=3, image_time_us=2000)
    assert (result.images.image_count, result.pixels.frames_per_image) == (3, 2)
    assert result.frames.storage_cell_count == 1
    assert result.frames.gain_stage == "dynamic"
    assert not result.frames.use_hg0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frame_time_us": 249}, "at least 250 for EIGER; got 249"),
        ({"count_time_us": 9}, "from 10 to 997"),
        ({"count_time_us": 998}, "from 10 to 997"),
    ],
)
def test_limits(settings: dict[str, object], message: str) -> None:
    """B191: the read-out of an EIGER takes 3 us."""
    with pytest.raises(InvalidInput, match=message):
        check_detector_settings(EIGER, settings_of(**settings))
