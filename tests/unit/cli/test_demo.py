import pytest

from jfjoch.cli.demo import Outcome, main
from jfjoch.model.status import MeasurementStatistics


def outcome(collected: int, sent: int, in_file: int) -> Outcome:
    counts = MeasurementStatistics(images_expected=10, images_collected=collected, images_sent=sent)
    return Outcome(counts, "", in_file, 1.0)


def test_a_run_is_complete_when_every_image_went_the_whole_way() -> None:
    assert outcome(10, 10, 10).complete


@pytest.mark.parametrize("counts", [(9, 9, 9), (10, 9, 9), (10, 10, 9)])
def test_an_image_missing_anywhere_makes_it_incomplete(counts: tuple[int, int, int]) -> None:
    assert not outcome(*counts).complete


def test_no_images_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--images", "0"])
    assert "at least 1, got 0" in capsys.readouterr().err
