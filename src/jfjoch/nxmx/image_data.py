"""/entry/data and /entry/image: the images of all data files, and which of them came."""

from collections.abc import Callable

import h5py
import numpy as np

from jfjoch.nxmx.empty_data_file import IMAGES
from jfjoch.nxmx.fields import add_group, set_attribute
from jfjoch.nxmx.file_prefix import FilePrefix
from jfjoch.nxmx.finished_run import FinishedRun
from jfjoch.nxmx.image_fields import NO_NUMBER, NUMBER, VALID


def write_data(
    entry: h5py.Group, run: FinishedRun, prefix: FilePrefix, sign_of_life: Callable[[], None]
) -> None:
    """NXdata: ``data`` over all images, and a link to each data file.

    XDS plugins follow the links, the others read ``data``. Files are named relative to the
    master, so that the whole set can be moved.
    """
    data = add_group(entry, "data", "NXdata")
    set_attribute(data, "signal", "data")
    image = run.start.image
    layout = h5py.VirtualLayout((run.image_count, image.height, image.width), image.dtype)
    map_files(layout, IMAGES, run, prefix, sign_of_life)
    data.create_virtual_dataset("data", layout, fillvalue=image.error_value)
    for span in run.files():
        link = h5py.ExternalLink(prefix.data_file(span.number).name, IMAGES)
        data[f"data_{span.number + 1:06d}"] = link
        sign_of_life()


def write_image_info(
    entry: h5py.Group, run: FinishedRun, prefix: FilePrefix, sign_of_life: Callable[[], None]
) -> None:
    """NXcollection: what is known of each image, and whether it came at all.

    ``valid`` is 1 for every image that came and 0 for a gap, ``number`` what the image was called
    before any was left out, -1 for a gap.
    """
    info = add_group(entry, "image", "NXcollection")
    fields: tuple[tuple[str, type[np.integer], int], ...] = (
        (VALID, np.uint8, 0),
        (NUMBER, np.int64, NO_NUMBER),
    )
    for path, dtype, of_gaps in fields:
        layout = h5py.VirtualLayout((run.image_count,), dtype)
        map_files(layout, path, run, prefix, sign_of_life)
        info.create_virtual_dataset(path.rpartition("/")[2], layout, fillvalue=of_gaps)


def map_files(
    layout: h5py.VirtualLayout,
    dataset: str,
    run: FinishedRun,
    prefix: FilePrefix,
    sign_of_life: Callable[[], None],
) -> None:
    """Fill ``layout``, [images, ...], with ``dataset`` of every data file of the run."""
    for span in run.files():
        name = prefix.data_file(span.number).name.replace("%", "%%")  # else a printf pattern
        shape = (span.image_count, *layout.shape[1:])
        source = h5py.VirtualSource(name, dataset, shape, layout.dtype)
        layout[span.first_image : span.first_image + span.image_count] = source
        sign_of_life()
