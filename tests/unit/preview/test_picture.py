"""What is drawn on an image, and where."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jfjoch.messages.start import StartMessage
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.roi import RoiBox, RoiBoxList, RoiCircle, RoiCircleList, RoiDefinitions
from jfjoch.preview import palette
from jfjoch.preview.jpeg import encode_jpeg, picture_jpeg
from jfjoch.preview.picture import MarkedSpot, Picture, draw
from tests.helpers.writer_messages import start_message

HEIGHT, WIDTH = 300, 400
BEAM_X, BEAM_Y = 150.25, 220.5
WAVELENGTH, DISTANCE, PIXEL = 1.1, 0.02, 75e-6
USER = 1 << 8
ROIS = RoiDefinitions(
    box=RoiBoxList(rois=[RoiBox(name="b", min_x_pxl=30, max_x_pxl=39, min_y_pxl=5, max_y_pxl=9)]),
    circle=RoiCircleList(
        rois=[RoiCircle(name="c", center_x_pxl=300.0, center_y_pxl=50.0, radius_pxl=12.0)]
    ),
)


def start(mask: np.ndarray | None = None, **form: Any) -> StartMessage:
    message = start_message()
    geometry = replace(
        message.geometry,
        beam_center_x_pxl=BEAM_X,
        beam_center_y_pxl=BEAM_Y,
        detector_distance_m=DISTANCE,
        incident_wavelength_angstrom=WAVELENGTH,
    )
    bits = np.zeros((HEIGHT, WIDTH), np.uint32) if mask is None else mask
    image = replace(message.image, width=WIDTH, height=HEIGHT, pixel_mask=bits, **form)
    return replace(message, geometry=geometry, image=image)


def picture(**parts: Any) -> Picture:
    return Picture(**{"start": start(), "pixels": np.zeros((HEIGHT, WIDTH), np.int16)} | parts)


def drawn(subject: Picture, colour: int, **settings: Any) -> np.ndarray:
    """Columns and rows, [n, 2], of the pixels of a colour."""
    canvas = draw(subject, PreviewSettings(saturation=10, **settings))
    return np.argwhere(canvas == colour)[:, ::-1]


def resolution_angstrom(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of pixels: 1 / |s|, s the difference of the wave vectors after and before scattering."""
    place = np.stack([(x - BEAM_X) * PIXEL, (y - BEAM_Y) * PIXEL, np.full(len(x), DISTANCE)])
    after = place / np.linalg.norm(place, axis=0)
    scattering = (after - np.array([[0], [0], [1]])) / WAVELENGTH
    return np.asarray(1 / np.linalg.norm(scattering, axis=0))


@pytest.mark.parametrize("ring", [1.6, 2.0, 3.5, 12.0])
def test_the_ring_is_where_the_resolution_is(ring: float) -> None:
    """B177: within the width of the line the asked resolution is crossed, everywhere on it."""
    x, y = drawn(picture(), palette.RING, resolution_ring=ring).T
    from_beam = np.hypot(x - BEAM_X, y - BEAM_Y)
    outwards = 2 / from_beam
    inner = resolution_angstrom(
        BEAM_X + (x - BEAM_X) * (1 - outwards), BEAM_Y + (y - BEAM_Y) * (1 - outwards)
    )
    outer = resolution_angstrom(
        BEAM_X + (x - BEAM_X) * (1 + outwards), BEAM_Y + (y - BEAM_Y) * (1 + outwards)
    )
    assert len(x) > 100
    assert (outer < ring).all()
    assert (inner > ring).all()
    assert abs(resolution_angstrom(x, y).mean() / ring - 1) < 0.5 / from_beam.mean()


@pytest.mark.parametrize("ring", [0.1, 0.5, 0.6])
def test_no_ring_by_default_and_where_none_can_be(ring: float) -> None:
    """0.5 is beyond half the wavelength, 0.6 is scattered backwards."""
    assert len(drawn(picture(), palette.RING, resolution_ring=ring)) == 0


def test_the_default_draws_no_ring_even_where_the_wavelength_reaches_it() -> None:
    electrons = start()
    short = replace(electrons.geometry, incident_wavelength_angstrom=0.0025)
    subject = picture(start=replace(electrons, geometry=short))
    assert len(drawn(subject, palette.RING)) == 0
    assert len(drawn(subject, palette.RING, resolution_ring=0.11)) > 0


def test_the_beam_centre_is_marked() -> None:
    columns, rows = drawn(picture(), palette.BEAM).T
    assert set(columns[rows == 220]) == {*range(130, 146), *range(155, 171)}
    assert set(rows[columns == 150]) == {*range(200, 216), *range(225, 241)}


def test_stacked_modules_have_no_beam_centre_and_no_ring() -> None:
    subject = picture(start=start(assembled=False))
    for colour in (palette.BEAM, palette.RING):
        assert len(drawn(subject, colour, resolution_ring=3.5)) == 0


def test_spots_are_circled_and_indexed_ones_have_another_colour() -> None:
    """B177: show_spots."""
    subject = picture(spots=[MarkedSpot(60.0, 40.0), MarkedSpot(201.5, 99.5, indexed=True)])
    for colour, x, y in ((palette.SPOT, 60, 40), (palette.INDEXED_SPOT, 201.5, 99.5)):
        columns, rows = drawn(subject, colour).T
        from_spot = np.hypot(columns - x, rows - y)
        assert from_spot.min() >= 5
        assert from_spot.max() <= 8
        assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=0.51)
        assert len(drawn(subject, colour, show_spots=False)) == 0


def test_regions_are_drawn_when_asked_for() -> None:
    """B177: show_roi."""
    subject = picture(roi=ROIS)
    assert len(drawn(subject, palette.ROI)) == 0
    columns, rows = drawn(subject, palette.ROI, show_roi=True).T
    box = columns < 100
    assert (columns[box].min(), columns[box].max()) == (29, 40)
    assert (rows[box].min(), rows[box].max()) == (4, 10)
    distances = np.hypot(columns[~box] - 300, rows[~box] - 50)
    assert distances.min() > 11
    assert distances.max() < 13


def test_the_user_mask_is_shown_when_asked_for() -> None:
    """B177: show_user_mask; without, the counts are seen."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint32)
    mask[10:20, 30:35] = USER
    subject = picture(start=start(mask))
    assert len(drawn(subject, palette.USER_MASK)) == 0
    assert len(drawn(subject, palette.USER_MASK, show_user_mask=True)) == 50


def letter_f() -> np.ndarray:
    """No mirror image of it is the same."""
    pixels = np.zeros((HEIGHT, WIDTH), np.int16)
    pixels[20:120, 300:320] = 10
    pixels[20:40, 300:360] = 10
    pixels[60:80, 300:340] = 10
    return pixels


def as_rgb(body: bytes) -> np.ndarray:
    with Image.open(BytesIO(body)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))
        return np.asarray(image).astype(int)


def test_the_jpeg_is_the_picture() -> None:
    """B177: no mirror, no turn, every pixel; JPEG itself blurs by no more than a few levels."""
    settings = PreviewSettings(saturation=10, resolution_ring=3.5)
    subject = picture(pixels=letter_f(), spots=[MarkedSpot(60.0, 40.0)])
    rgb = np.frombuffer(palette.palette_rgb(), np.uint8).reshape(-1, 3).astype(int)
    difference = np.abs(as_rgb(picture_jpeg(subject, settings)) - rgb[draw(subject, settings)])
    assert difference.max() <= 4


def test_contrast_of_its_own() -> None:
    """B176: without settings the F is as dark as the image makes it; spots are drawn."""
    subject = picture(pixels=letter_f() * 30, spots=[MarkedSpot(60.0, 40.0)])
    rgb = as_rgb(picture_jpeg(subject, None))
    assert rgb[30, 330].max() <= 4
    assert rgb[200, 330].min() >= 250
    assert np.abs(rgb[40, 66] - palette.COLOURS[palette.SPOT]).max() <= 4


def test_quality_is_what_is_asked_for() -> None:
    """B177: 0 to 100."""
    canvas = draw(picture(pixels=letter_f()), PreviewSettings(saturation=10))
    sizes = [len(encode_jpeg(canvas, quality)) for quality in (0, 20, 75, 100)]
    assert sizes == sorted(set(sizes))
