"""The figures of a run, and whether it has lost images."""

from jfjoch.cli.broker_client import BrokerClient, RequestRefused
from jfjoch.errors import OperationFailed
from jfjoch.model.status import BrokerStatus, MeasurementStatistics


def last_run(client: BrokerClient) -> MeasurementStatistics | None:
    """Return the figures of the present or last run; None before the first."""
    try:
        return client.statistics()
    except RequestRefused as refusal:
        if refusal.status == 404:
            return None
        raise


def figures(run: MeasurementStatistics) -> list[tuple[str, str]]:
    """Return what is known about a run, as rows of a table."""
    ratio = None if run.compression_ratio is None else f"{run.compression_ratio:.1f} : 1"
    received = None if run.collection_efficiency is None else f"{run.collection_efficiency:.2%}"
    values = {
        "run": run.run_number,
        "file prefix": run.file_prefix or "(no files)",
        "images expected": run.images_expected,
        "images collected": run.images_collected,
        "images sent": run.images_sent,
        "images discarded": run.images_discarded_lossy_compression or None,
        "packets received": received,
        "compression": ratio,
        "indexing rate": None if run.indexing_rate is None else f"{run.indexing_rate:.1%}",
        "cancelled": "yes" if run.cancelled else None,
    }
    return [(name, str(value)) for name, value in values.items() if value is not None]


def refuse_loss(run: MeasurementStatistics, ending: BrokerStatus) -> None:
    """Raise OperationFailed for a run that is over, with this status, and has lost images.

    Not for one that was cancelled, nor for images that data reduction has discarded.
    """
    sent = _is_to_be_sent(run, ending)
    arrived = run.images_sent if sent else run.images_collected
    if run.cancelled or run.images_expected is None or arrived is None:
        return
    expected = run.images_expected - (run.images_discarded_lossy_compression or 0)
    if arrived < expected:
        raise OperationFailed(
            f"run {run.run_number}: expected {expected} images {'sent' if sent else 'collected'},"
            f" got {arrived}; the broker's log says where they were lost"
        )


def _is_to_be_sent(run: MeasurementStatistics, ending: BrokerStatus) -> bool:
    """Tell whether images were to go anywhere: there are files, and an image pusher.

    The interface does not show the pusher. Without one the broker calls it a success that no
    image was sent.
    """
    none_wanted = run.images_sent == 0 and ending.message_severity == "success"
    return bool(run.file_prefix) and not none_wanted
