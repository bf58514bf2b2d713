"""The sink for runs that nobody is to get."""

from jfjoch.messages.calibration import CalibrationMessage
from jfjoch.messages.ports import ImageSink
from jfjoch.stream.discard import NullImageSink
from tests.helpers.writer_messages import end_message, image_message, pixels, start_message


def test_everything_is_taken_at_once_and_nobody_has_to_be_there() -> None:
    """B045: an empty file_prefix sends no images."""
    sink: ImageSink = NullImageSink()
    start = start_message()
    sink.start(start)
    assert sink.send_calibration(
        CalibrationMessage(1, "x", "pedestal_g0", pixels(0).astype("float32")), 0.0
    )
    assert sink.send_image(image_message(0, start), 0.0)
    assert sink.end(end_message(start, 1), 0.0)
    assert (sink.destination_count, sink.reports_configured, sink.reports()) == (0, False, [])
    sink.close()
