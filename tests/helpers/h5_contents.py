"""Everything an HDF5 file says, in a form that can be compared."""

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin  # noqa: F401  (registers the filters images are compressed with)
import numpy as np

Content = dict[str, Any]
"""By path: links, attributes, types, shapes, filters and bytes."""


def h5_content(path: Path, *without: str) -> Content:
    """Return what the file holds, but for the objects whose paths are in ``without``."""
    content: Content = {}
    with h5py.File(path) as file:
        content["/"] = _attributes(file)
        _describe_group(file, content)
    return {key: value for key, value in content.items() if key not in without}


def _describe_group(group: h5py.Group, content: Content) -> None:
    for name in group:
        link = group.get(name, getlink=True)
        key = f"{group.name.rstrip('/')}/{name}"
        if isinstance(link, h5py.ExternalLink):
            content[key] = ("external link", link.filename, link.path)
        elif isinstance(link, h5py.SoftLink):
            content[key] = ("soft link", link.path)
        else:
            _describe_object(key, group[name], content)


def _describe_object(key: str, item: h5py.Group | h5py.Dataset, content: Content) -> None:
    if isinstance(item, h5py.Group):
        content[key] = _attributes(item)
        _describe_group(item, content)
    else:
        content[key] = (_attributes(item), str(item.dtype), item.shape, item.chunks, _values(item))


def _attributes(item: h5py.Group | h5py.Dataset) -> dict[str, tuple[str, Any]]:
    return {
        name: (str(np.asarray(value).dtype), np.asarray(value).tolist())
        for name, value in item.attrs.items()
    }


def _values(dataset: h5py.Dataset) -> Any:
    if dataset.is_virtual:
        sources = dataset.virtual_sources()
        return [(x.file_name, x.dset_name, str(x.vspace.get_regular_hyperslab())) for x in sources]
    if dataset.chunks is not None:
        chunks = range(dataset.id.get_num_chunks())
        offsets = [dataset.id.get_chunk_info(number).chunk_offset for number in chunks]
        return {offset: dataset.id.read_direct_chunk(offset) for offset in offsets}
    return np.asarray(dataset[()]).tobytes() if dataset.dtype.kind != "O" else dataset[()]
