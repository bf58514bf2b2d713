"""A receiver of one module behind a generator, with any sink and any source of frames."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from jfjoch.calibration.gains import GainMaps
from jfjoch.calibration.pedestals import Pedestals
from jfjoch.detector.base import FrameSource
from jfjoch.detector.internal_generator import InternalGenerator
from jfjoch.messages.ports import ImageSink, RunObserver
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector import Detector, StandardDetectorGeometry
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.experiment import Experiment
from jfjoch.model.image_format import DEFAULT_IMAGE_FORMAT
from jfjoch.model.instrument import DEFAULT_INSTRUMENT
from jfjoch.model.plan import RunIdentity
from jfjoch.receiver.measurement import Measurement
from jfjoch.receiver.receiver import Calibration, Receiver, ReceiverOptions, Surroundings

FRAME_BYTES = 512 * 1024 * 2
QUEUE_LENGTH = 4
STORED = 4
ENERGY_KEV = 10.0


def dataset_settings(**changes: object) -> DatasetSettings:
    """Return the body of a POST /start with file prefix "run"."""
    given = {
        "beam_x_pxl": 500.0,
        "beam_y_pxl": 250.0,
        "detector_distance_mm": 100.0,
        "incident_energy_keV": ENERGY_KEV,
        "file_prefix": "run",
    }
    return DatasetSettings.model_validate(given | changes)


class OneModuleReceiver:
    """Frame k of the generator holds k photons everywhere.

    ``source`` is the generator, unless the test puts another one there.
    """

    def __init__(
        self,
        sink: ImageSink,
        frame_slots: int = 8,
        frame_time_us: int = 500,
        clock: Callable[[], float] = time.monotonic,
        observers: Sequence[RunObserver] = (),
    ) -> None:
        self._observers = observers
        self._frame_time_us = frame_time_us
        self._sink = sink
        self.generator = InternalGenerator(1)
        self.source: FrameSource = self.generator
        for k in range(STORED):
            adu = round(41.0 * ENERGY_KEV * k)
            self.generator.store(k, np.full((1, 512, 1024), adu, np.uint16))
        options = ReceiverOptions(
            worker_count=2, frame_buffer_bytes=frame_slots * FRAME_BYTES, queue_length=QUEUE_LENGTH
        )
        self.receiver = Receiver(1, options, clock)

    def measurement(self, **dataset: object) -> Measurement:
        """Prepare a run, with what the test changes in the dataset settings."""
        experiment = Experiment(
            detector=Detector(
                description="d",
                serial_number="s",
                standard_geometry=StandardDetectorGeometry(nmodules=1),
            ),
            detector_settings=DetectorSettings(
                frame_time_us=self._frame_time_us,
                internal_frame_generator=True,
                internal_frame_generator_images=STORED,
            ),
            image_format=DEFAULT_IMAGE_FORMAT,
            instrument=DEFAULT_INSTRUMENT,
        )
        surroundings = Surroundings(
            sources=lambda origin: self.source,
            calibration=Calibration(
                Pedestals.zero(1), GainMaps.nominal(1), np.zeros((1, 512, 1024), np.bool_)
            ),
            sink=self._sink,
            sink_without_files=self._sink,
            observers=self._observers,
        )
        return self.receiver.prepare(
            experiment,
            dataset_settings(**dataset),
            lambda: RunIdentity(1, "1:run"),
            surroundings,
        )
