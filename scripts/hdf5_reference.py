"""Write the list of everything in the files of a run from files that the writer makes.

Usage: hdf5_reference.py [--check] PAGE

``--check`` writes nothing and fails when PAGE is out of date. Paths, types, shapes and units come
from a run in which nothing is left out; meanings stand in ``hdf5_fields.json``, where none may be
missing and none may be left over.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
from full_message import full_message
from generated_page import write_or_check

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.end import EndMessage
from jfjoch.messages.image import CompressedImage, ImageMessage
from jfjoch.messages.start import AnalysisPlan, GoniometerAxis, StartMessage
from jfjoch.model.roi import RoiDefinitions
from jfjoch.nxmx import detector_specific
from jfjoch.writer.hdf5_sink import Hdf5ImageSink

HEADER = """# Fields of the files

Made from the code by `scripts/docs`; do not edit by hand. Which files there are, and what the
numbers of pixels and the bits of the mask mean, is in [files](files.md).

Shapes: n images of a file or a run, height and width of an image, spots = `max_spot_count`, bins of
the azimuthal profile, modules of the detector; a field without a shape is one value. *Ours* marks
what stands neither in NXmx nor in the files of DECTRIS detectors. What is not known in a run is
left out. Images are chunks of one image each with the bitshuffle filter (32008, unless
`compression` is `none`), those that never came are there too, as images of the error
value.
"""
MEANINGS = Path(__file__).with_name("hdf5_fields.json")
_SIZES = {11: "n", 7: "n", 13: "height", 17: "width", 19: "spots", 23: "bins", 29: "modules x 512"}
_SIZES[31] = "1024"
"""Each size of the run below is another number, and so tells where it comes from."""
_IMAGES, _PER_FILE, _HEIGHT, _WIDTH, _SPOTS, _BINS, _ROWS, _COLUMNS = 11, 7, 13, 17, 19, 23, 29, 31
_ROI = {"name": "beam", "min_x_pxl": 0, "max_x_pxl": 3, "min_y_pxl": 0, "max_y_pxl": 3}
_GIVEN_NAMES = {
    "/entry/roi/beam": "/entry/roi/<name>",
    "/entry/user/note": "/entry/user/<name>",
    "/entry/sample/transformations/omega": "/entry/sample/transformations/<axis>",
    "/entry/data/data_000001": "/entry/data/data_<number>",
}
_LEFT_OUT = ("/entry/data/data_000002",)


def page() -> str:
    """Return the whole page."""
    known = json.loads(MEANINGS.read_text(encoding="utf-8"))
    files = dict(_files())
    _compare({path for rows in files.values() for path in rows}, known["meanings"].keys())
    lines = [HEADER]
    for title, rows in files.items():
        lines += [f"## {title}\n", "| path | type, shape | units | ours | means |"]
        lines.append("|---|---|---|---|---|")
        for path, (kind, units) in rows.items():
            ours = "yes" if path.startswith(tuple(known["ours"])) else ""
            lines.append(f"| `{path}` | {kind} | {units} | {ours} | {known['meanings'][path]} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _compare(found: set[str], described: set[str]) -> None:
    if found != described:
        missing, left_over = sorted(found - described), sorted(described - found)
        raise SystemExit(
            f"{MEANINGS}: describe {missing or 'no more'}, drop {left_over or 'nothing'}"
        )


def _files() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _write_run(root)
        for title, file in (("Master file", "x_master.h5"), ("Data files", "x_data_000001.h5")):
            with h5py.File(root / file) as content:
                yield title, dict(_rows(content))


def _write_run(root: Path) -> None:
    # A page must not depend on whether this is an installation that knows its commit.
    detector_specific.GIT_COMMIT = "commit"
    start = _start()
    sink = Hdf5ImageSink(root)
    sink.start(start)
    pedestal = np.zeros((_ROWS, _COLUMNS), np.float32)
    sink.send_calibration(CalibrationMessage(1, "text", "pedestal_g0", pedestal), 0)
    for number in range(_IMAGES):
        sink.send_image(_image(number), 0)
    sink.end(replace(full_message(EndMessage), max_image_number=_IMAGES), 0)
    sink.close()


def _start() -> StartMessage:
    start = full_message(StartMessage)
    axis = GoniometerAxis("omega", 0.1, 0.0, (-1.0, 0.0, 0.0))
    roi = RoiDefinitions.model_validate({"box": {"rois": [_ROI]}, "circle": {"rois": []}})
    changes = {"number_of_images": _IMAGES, "analysis": _analysis(roi), "pulsed": True}
    mask = np.zeros((_HEIGHT, _WIDTH), np.uint32)
    form = {"height": _HEIGHT, "width": _WIDTH, "dtype": "int16", "pixel_mask": mask}
    return replace(
        start,
        geometry=replace(start.geometry, goniometer=axis),
        image=replace(start.image, **form),
        files=replace(
            start.files,
            file_prefix="x",
            images_per_file=_PER_FILE,
            socket_number=0,
            socket_count=1,
        ),
        sample=replace(start.sample, header_appendix={"hdf5": {"note": "text"}}),
        **changes,
    )


def _analysis(rois: RoiDefinitions) -> AnalysisPlan:
    return AnalysisPlan(_SPOTS, np.zeros(_BINS, np.float32), rois)


def _image(number: int) -> ImageMessage:
    payload = bytes(2 * _HEIGHT * _WIDTH)
    image = CompressedImage(payload, "none", "int16", _HEIGHT, _WIDTH)
    message = full_message(ImageMessage)
    return replace(message, image_id=number, original_image_id=number, image=image)


def _rows(group: h5py.Group) -> Iterator[tuple[str, tuple[str, str]]]:
    """Path, and type with shape, and units, of each object below, in the order of the file."""
    for name in group:
        path = f"{group.name.rstrip('/')}/{name}"
        link = group.get(name, getlink=True)
        if path in _LEFT_OUT:
            continue
        if isinstance(link, h5py.SoftLink):
            yield _shown(path), (f"soft link to `{link.path}`", "")
        elif isinstance(link, h5py.ExternalLink):
            yield _shown(path), (f"external link to `{link.path}`", "")
        else:
            yield _shown(path), _described(group[name])
            if isinstance(group[name], h5py.Group):
                yield from _rows(group[name])


def _shown(path: str) -> str:
    for given, shown in _GIVEN_NAMES.items():
        path = path.replace(given, shown)
    return path


def _described(item: h5py.Group | h5py.Dataset) -> tuple[str, str]:
    if isinstance(item, h5py.Group):
        return str(item.attrs.get("NX_class", "group")), ""
    kind = "text" if h5py.check_string_dtype(item.dtype) else str(item.dtype)
    if item.name == "/entry/start_message":
        return f"{kind} [bytes]", ""
    sizes = [_SIZES.get(size, str(size)) for size in item.shape]
    shape = f" [{', '.join(sizes)}]" if sizes else ""
    virtual = ", virtual" if item.is_virtual else ""
    return f"{kind}{shape}{virtual}", str(item.attrs.get("units", ""))


if __name__ == "__main__":
    sys.exit(write_or_check(sys.argv[1:], "Write the list of fields of the files.", page))
