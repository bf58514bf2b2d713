"""The rules that readers of the files depend on, each by itself, on raw HDF5 objects."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5t, h5z

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.start import SampleInfo
from tests.helpers.given_analysis import analysed_image, analysed_start
from tests.helpers.writer_bench import WriterBench
from tests.helpers.writer_messages import HEIGHT, OMEGA, WIDTH, end_message

DETECTOR = "/entry/instrument/detector"
MODULE = f"{DETECTOR}/module"
SPECIFIC = f"{DETECTOR}/detectorSpecific"
TRANSLATION = f"{DETECTOR}/transformations/translation"
OMEGA_FIELD = "/entry/sample/transformations/omega"
ERROR_VALUE = -32768
CAME = (0, 1, 2, 4, 6)
ORIGINAL = {0: 0, 1: 2, 2: 4, 4: 8, 6: 12}
PIXEL_M = 75e-6
OUR_GROUPS = ("image", "MX", "azint", "roi", "xfel", "user")


class Run(NamedTuple):
    """A run of 7 images in files of 3; image 3 and 5 never came."""

    directory: Path
    master: h5py.File
    data: tuple[h5py.File, ...]

    @property
    def files(self) -> tuple[h5py.File, ...]:
        return (self.master, *self.data)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    root = tmp_path_factory.mktemp("rules")
    bench = WriterBench(root)
    sample = SampleInfo("lysozyme", header_appendix={"hdf5": {"note": "x", "loops": 3}})
    start = analysed_start(
        number_of_images=7, images_per_file=3, goniometer=OMEGA, pulsed=True, sample=sample
    )
    images = [analysed_image(n, start, original_image_id=ORIGINAL[n]) for n in CAME]
    pedestal = CalibrationMessage(1, "run one", "pedestal_g0", np.ones((512, 1024), np.float32))
    bench.feed(start, pedestal, *images, end_message(start, 7))
    (end,) = bench.reports.ends
    assert end.ok, end.error
    with (
        h5py.File(root / "run_master.h5") as master,
        h5py.File(root / "run_data_000001.h5") as first,
        h5py.File(root / "run_data_000002.h5") as second,
        h5py.File(root / "run_data_000003.h5") as third,
    ):
        yield Run(root, master, (first, second, third))


def objects(file: h5py.File) -> dict[str, h5py.Group | h5py.Dataset]:
    """Everything that lies in the file itself, by path."""
    found: dict[str, h5py.Group | h5py.Dataset] = {"/": file}
    file.visititems(lambda name, item: found.update({f"/{name}": item}))
    return found


def properties(file: h5py.File, path: str) -> h5p.PropDCID:
    return file[path].id.get_create_plist()


def classes(run: Run, nx_class: str) -> list[str]:
    return [
        path for path, item in objects(run.master).items() if item.attrs.get("NX_class") == nx_class
    ]


def text(run: Run, path: str) -> str:
    return str(run.master[path].asstr()[()])


def images_are_stored_by_the_bitshuffle_filter_with_five_parameters(run: Run) -> None:
    for file in run.data:
        stored = properties(file, "/entry/data/data")
        assert stored.get_nfilters() == 1
        number, flags, parameters, _ = stored.get_filter(0)
        assert (number, flags, parameters) == (32008, h5z.FLAG_OPTIONAL, (0, 4, 2, 0, 2))


def every_image_is_one_chunk_and_none_is_a_hole(run: Run) -> None:
    for file, count in zip(run.data, (3, 3, 1), strict=True):
        images = file["/entry/data/data"]
        assert properties(file, "/entry/data/data").get_chunk() == (1, HEIGHT, WIDTH)
        assert images.id.get_num_chunks() == count == len(images)
        infos = [images.id.get_chunk_info(number) for number in range(count)]
        assert all(info.filter_mask == 0 and info.size > 0 for info in infos)


def the_fill_value_of_images_is_the_error_value(run: Run) -> None:
    for file in run.files:
        value = np.zeros(1, np.int16)
        properties(file, "/entry/data/data").get_fill_value(value)
        assert value[0] == ERROR_VALUE


def image_numbers_count_from_one(run: Run) -> None:
    numbers = []
    for file in run.data:
        attributes = file["/entry/data/data"].attrs
        assert attributes.get_id("image_nr_low").get_type().get_class() == h5t.INTEGER
        numbers.append((attributes["image_nr_low"], attributes["image_nr_high"]))
    assert numbers == [(1, 3), (4, 6), (7, 7)]


def gaps_read_as_error_values_and_are_not_valid(run: Run) -> None:
    valid = [int(n in CAME) for n in range(7)]
    assert run.master["/entry/image/valid"][()].tolist() == valid
    assert np.all(run.master["/entry/data/data"][[3, 5]] == ERROR_VALUE)


def the_mask_is_contiguous_and_unfiltered(run: Run) -> None:
    stored = properties(run.master, f"{DETECTOR}/pixel_mask")
    assert stored.get_layout() == h5d.CONTIGUOUS
    assert stored.get_nfilters() == 0
    mask = run.master[f"{DETECTOR}/pixel_mask"]
    assert (mask.dtype, mask.shape) == (np.uint32, (HEIGHT, WIDTH))


def the_mask_has_a_hard_link(run: Run) -> None:
    link = run.master.get(f"{SPECIFIC}/pixel_mask", getlink=True)
    assert isinstance(link, h5py.HardLink)
    assert run.master[f"{SPECIFIC}/pixel_mask"] == run.master[f"{DETECTOR}/pixel_mask"]


def formats_are_of_the_oldest_library(run: Run) -> None:
    """Superblock 0 and object headers 1: neggia and durin know no others."""
    for file in run.files:
        assert file.id.get_create_plist().get_version()[0] == 0
        for path, item in objects(file).items():
            assert h5py.h5o.get_info(item.id).hdr.version == 1, path


def attribute_strings_are_ascii_of_variable_length(run: Run) -> None:
    for file in run.files:
        for path, item in objects(file).items():
            for name in item.attrs:
                kind = item.attrs.get_id(name).get_type()
                if kind.get_class() == h5t.STRING:
                    assert kind.is_variable_str(), (path, name)
                    assert kind.get_cset() == h5t.CSET_ASCII, (path, name)


def every_group_has_a_class(run: Run) -> None:
    for file in run.files:
        for path, item in objects(file).items():
            if isinstance(item, h5py.Group) and path not in ("/", "/opt"):
                assert str(item.attrs["NX_class"]).startswith("NX"), path


def readers_find_one_of_each_class(run: Run) -> None:
    places = {
        "NXentry": "/entry",
        "NXsource": "/entry/source",
        "NXsample": "/entry/sample",
        "NXinstrument": "/entry/instrument",
        "NXbeam": "/entry/instrument/beam",
        "NXdetector": DETECTOR,
        "NXdetector_module": MODULE,
        "NXdata": "/entry/data",
    }
    assert {name: classes(run, name) for name in places} == {
        name: [path] for name, path in places.items()
    }


def own_groups_are_collections(run: Run) -> None:
    assert set(OUR_GROUPS) <= set(run.master["/entry"])
    for name in OUR_GROUPS:
        assert run.master[f"/entry/{name}"].attrs["NX_class"] == "NXcollection"


def default_attributes_lead_to_the_images(run: Run) -> None:
    for file in run.files:
        assert file.attrs["default"] == "entry"
        assert file["/entry"].attrs["default"] == "data"
        assert file["/entry/data"].attrs["signal"] == "data"


def the_definition_is_nxmx(run: Run) -> None:
    assert text(run, "/entry/definition") == "NXmx"


def times_end_with_z(run: Run) -> None:
    for name in ("start_time", "end_time", "end_time_estimated"):
        assert text(run, f"/entry/{name}").endswith("Z")


def names_have_a_short_form(run: Run) -> None:
    for path in ("/entry/source/name", "/entry/instrument/name"):
        assert "short_name" in run.master[path].attrs


def the_sample_depends_on_its_axis(run: Run) -> None:
    assert text(run, "/entry/sample/depends_on") == OMEGA_FIELD
    attributes = run.master[OMEGA_FIELD].attrs
    assert attributes["transformation_type"] == "rotation"
    assert attributes["depends_on"] == "."
    assert attributes["units"] in ("deg", "degree", "degrees")
    assert attributes["vector"].tolist() == list(OMEGA.vector)


def angles_follow_original_numbers(run: Run) -> None:
    angles = run.master[OMEGA_FIELD][()]
    expected = [OMEGA.start + OMEGA.increment * ORIGINAL[n] for n in CAME]
    np.testing.assert_allclose(angles[list(CAME)], expected, rtol=1e-12)
    ends = run.master[f"{OMEGA_FIELD}_end"][()]
    np.testing.assert_allclose(ends - angles, OMEGA.increment, rtol=1e-6)


def lengths_have_units(run: Run) -> None:
    metres = ("x_pixel_size", "y_pixel_size", "distance", "sensor_thickness", "detector_distance")
    units = {name: "m" for name in metres} | {"count_time": "s", "frame_time": "s"}
    for name, unit in units.items():
        field = run.master[f"{DETECTOR}/{name}"]
        assert field.attrs["units"] == unit, name
        assert field.dtype == np.float64, name
    assert run.master["/entry/instrument/beam/incident_wavelength"].attrs["units"] == "angstrom"


def the_underload_value_lies_above_the_error_value(run: Run) -> None:
    assert run.master[f"{DETECTOR}/error_value"][()] == ERROR_VALUE
    assert run.master[f"{DETECTOR}/underload_value"][()] == ERROR_VALUE + 1


def images_times_triggers_is_the_number_of_images(run: Run) -> None:
    counts = [run.master[f"{SPECIFIC}/{name}"] for name in ("nimages", "ntrigger")]
    assert all(np.issubdtype(count.dtype, np.integer) for count in counts)
    assert counts[0][()] * counts[1][()] == len(run.master["/entry/data/data"]) == 7


def there_is_no_firmware_version(run: Run) -> None:
    assert not [path for path in objects(run.master) if path.endswith("eiger_fw_version")]


def the_module_covers_the_image(run: Run) -> None:
    assert run.master[f"{MODULE}/data_origin"][()].tolist() == [0, 0]
    assert run.master[f"{MODULE}/data_size"][()].tolist() == [HEIGHT, WIDTH]


def pixels_run_right_and_down(run: Run) -> None:
    for name, vector in (("fast", [-1, 0, 0]), ("slow", [0, -1, 0])):
        direction = run.master[f"{MODULE}/{name}_pixel_direction"]
        assert direction[()] == PIXEL_M
        assert direction.attrs["vector"].tolist() == vector
        assert direction.attrs["depends_on"] == f"{MODULE}/module_offset"


def the_module_lies_half_a_pixel_off(run: Run) -> None:
    offset = run.master[f"{MODULE}/module_offset"]
    assert offset[()] == 0
    assert offset.attrs["vector"].tolist() == [0, 0, 1]
    corner = [(31.25 + 0.5) * PIXEL_M, (20.5 + 0.5) * PIXEL_M, 0]
    np.testing.assert_allclose(offset.attrs["offset"], corner, rtol=1e-12)
    assert offset.attrs["offset_units"] == "m"
    assert offset.attrs["depends_on"] == TRANSLATION


def the_detector_stands_along_the_beam(run: Run) -> None:
    assert text(run, f"{DETECTOR}/depends_on") == TRANSLATION
    translation = run.master[TRANSLATION]
    assert translation.attrs["vector"].tolist() == [0, 0, 1]
    assert translation[()] == run.master[f"{DETECTOR}/distance"][()]


def all_images_are_one_virtual_data_set(run: Run) -> None:
    stored = properties(run.master, "/entry/data/data")
    assert stored.get_layout() == h5d.VIRTUAL
    names = [stored.get_virtual_filename(number) for number in range(stored.get_virtual_count())]
    assert names == [f"run_data_{number:06d}.h5" for number in (1, 2, 3)]


def external_links_name_files_of_the_same_folder(run: Run) -> None:
    for number in (1, 2, 3):
        link = run.master.get(f"/entry/data/data_{number:06d}", getlink=True)
        assert isinstance(link, h5py.ExternalLink)
        assert (link.filename, link.path) == (f"run_data_{number:06d}.h5", "/entry/data/data")


def spots_have_the_types_of_cxi(run: Run) -> None:
    assert run.master["/entry/MX/nPeaks"].dtype == np.int32
    for name in ("peakXPosRaw", "peakYPosRaw", "peakTotalIntensity"):
        assert run.master[f"/entry/MX/{name}"].dtype == np.float32
    assert run.master["/entry/MX/latticeIndexed"].shape == (7, 9)


def spots_have_a_second_path(run: Run) -> None:
    for file in run.files:
        link = file.get("/opt/MX", getlink=True)
        assert isinstance(link, h5py.SoftLink)
        assert link.path == "/entry/MX"


def records_of_the_master_are_virtual(run: Run) -> None:
    for path in ("/entry/MX/nPeaks", "/entry/azint/image", "/entry/image/valid"):
        assert properties(run.master, path).get_layout() == h5d.VIRTUAL, path


def run_number_and_name_are_not_saved(run: Run) -> None:
    names = {path.rpartition("/")[2] for file in run.files for path in objects(file)}
    assert not names & {"run_number", "run_name", "experiment_group", "image_appendix"}


def pedestals_are_the_raw_ones(run: Run) -> None:
    pedestal = run.master[f"{DETECTOR}/calibration/pedestal_g0"]
    assert (pedestal.dtype, pedestal.shape) == (np.float32, (512, 1024))


def no_temporary_file_is_left(run: Run) -> None:
    names = sorted(path.name for path in run.directory.iterdir())
    assert names == [*(f"run_data_{n:06d}.h5" for n in (1, 2, 3)), "run_master.h5"]


RULES: tuple[Callable[[Run], Any], ...] = (
    images_are_stored_by_the_bitshuffle_filter_with_five_parameters,
    every_image_is_one_chunk_and_none_is_a_hole,
    the_fill_value_of_images_is_the_error_value,
    image_numbers_count_from_one,
    gaps_read_as_error_values_and_are_not_valid,
    the_mask_is_contiguous_and_unfiltered,
    the_mask_has_a_hard_link,
    formats_are_of_the_oldest_library,
    attribute_strings_are_ascii_of_variable_length,
    every_group_has_a_class,
    readers_find_one_of_each_class,
    own_groups_are_collections,
    default_attributes_lead_to_the_images,
    the_definition_is_nxmx,
    times_end_with_z,
    names_have_a_short_form,
    the_sample_depends_on_its_axis,
    angles_follow_original_numbers,
    lengths_have_units,
    the_underload_value_lies_above_the_error_value,
    images_times_triggers_is_the_number_of_images,
    there_is_no_firmware_version,
    the_module_covers_the_image,
    pixels_run_right_and_down,
    the_module_lies_half_a_pixel_off,
    the_detector_stands_along_the_beam,
    all_images_are_one_virtual_data_set,
    external_links_name_files_of_the_same_folder,
    spots_have_the_types_of_cxi,
    spots_have_a_second_path,
    records_of_the_master_are_virtual,
    run_number_and_name_are_not_saved,
    pedestals_are_the_raw_ones,
    no_temporary_file_is_left,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(run: Run, rule: Callable[[Run], Any]) -> None:
    """W034, W035, W039-W043: what one program or another needs of our files."""
    rule(run)
