import pytest

from jfjoch.cli.client_run import figures, refuse_loss
from jfjoch.errors import OperationFailed
from jfjoch.model.status import BrokerStatus, MeasurementStatistics

SUCCESS = BrokerStatus(state="Idle", message="done", message_severity="success")
WARNING = BrokerStatus(state="Idle", message="dropped", message_severity="warning")


def run(collected: int, sent: int, prefix: str = "a/b") -> MeasurementStatistics:
    return MeasurementStatistics(
        run_number=7,
        file_prefix=prefix,
        images_expected=10,
        images_collected=collected,
        images_sent=sent,
    )


@pytest.mark.parametrize(
    ("lossy", "ending", "what"),
    [
        (run(10, 9), SUCCESS, "expected 10 images sent, got 9"),
        (run(10, 0), WARNING, "expected 10 images sent, got 0"),
        (run(9, 0), SUCCESS, "expected 10 images collected, got 9"),
        (run(9, 0, ""), WARNING, "expected 10 images collected, got 9"),
    ],
)
def test_lost_images_are_told(
    lossy: MeasurementStatistics, ending: BrokerStatus, what: str
) -> None:
    """B172."""
    with pytest.raises(OperationFailed, match=what):
        refuse_loss(lossy, ending)


@pytest.mark.parametrize(
    ("whole", "ending"),
    [(run(10, 10), SUCCESS), (run(10, 0), SUCCESS), (run(10, 0, ""), WARNING)],
)
def test_what_was_not_to_be_sent_is_not_lost(
    whole: MeasurementStatistics, ending: BrokerStatus
) -> None:
    refuse_loss(whole, ending)


def test_a_run_without_figures_is_not_judged() -> None:
    refuse_loss(MeasurementStatistics(), SUCCESS)
    assert figures(MeasurementStatistics()) == [("file prefix", "(no files)")]


def test_figures_have_their_units() -> None:
    shown = run(10, 10).model_copy(
        update={
            "compression_ratio": 4.25,
            "collection_efficiency": 0.9876,
            "indexing_rate": 0.5,
            "cancelled": True,
        }
    )
    rows = dict(figures(shown))
    assert rows["compression"] == "4.2 : 1"
    assert rows["packets received"] == "98.76%"
    assert rows["indexing rate"] == "50.0%"
    assert rows["cancelled"] == "yes"
