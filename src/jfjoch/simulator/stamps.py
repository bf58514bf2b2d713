"""What the headers of each frame say."""

from jfjoch.detector.packets.header import EVENT_CODE_SHIFT, STORAGE_CELL_SHIFT
from jfjoch.detector.pulse_train import PulseTrain
from jfjoch.model.plan import FramePlan
from jfjoch.simulator.shipment import FrameStamp

_TICKS_PER_S = 10_000_000


class FrameStamps:
    """Stamps of one acquisition. Each pulse fills all storage cells of a JUNGFRAU."""

    def __init__(self, plan: FramePlan, first_frame_number: int, pulses: PulseTrain) -> None:
        self._plan = plan
        self._first_frame_number = first_frame_number
        self._pulses = pulses
        pulses.start()

    def stamp(self, number: int, time_s: float) -> FrameStamp:
        """Return that of a frame, counted from 0, which began ``time_s`` after the acquisition."""
        frame_number = self._first_frame_number + number
        timestamp = round(time_s * _TICKS_PER_S)
        if self._plan.counter is not None:
            return FrameStamp(frame_number, timestamp)
        pulse = self._pulses.pulse(number // self._plan.storage_cell_count)
        cell = self._plan.storage_cell(number)
        status_bits = cell << STORAGE_CELL_SHIFT | pulse.event_code << EVENT_CODE_SHIFT
        return FrameStamp(frame_number, timestamp, pulse.pulse_id, status_bits)
