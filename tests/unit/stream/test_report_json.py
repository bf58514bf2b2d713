"""Reports as JSON (interfaces: writer)."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jfjoch.errors import StreamError
from jfjoch.messages.writer_report import WriterReport
from jfjoch.stream.report_json import MAX_REPORT_BYTES, decode_report, encode_report

PROGRESS = WriterReport("progress", 3, "run é", 1, 20, 10, 2**40, True)
END = replace(PROGRESS, type="end", ok=False, error="disk full (errno 28)")


@pytest.mark.parametrize("report", [PROGRESS, END])
def test_a_report_comes_back_as_it_was(report: WriterReport) -> None:
    assert decode_report(encode_report(report)) == report


def test_only_the_end_says_images_written() -> None:
    assert "images_written" not in json.loads(encode_report(PROGRESS))
    assert json.loads(encode_report(END))["images_written"] == 10


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"type": "start"}, "type: Input should be 'progress', 'end' or 'recovered'"),
        ({"images_on_disk": -1}, "images_on_disk: expected 0 or more, got -1"),
        ({"images_on_disk": "10"}, "images_on_disk: Input should be a valid integer"),
        ({"images_on_disk": 1.5}, "images_on_disk: Input should be a valid integer"),
        ({"ok": 1}, "ok: Input should be a valid boolean"),
        ({"run_name": None}, "run_name: Input should be a valid string"),
    ],
)
def test_a_wrong_report_names_the_key(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(StreamError) as caught:
        decode_report(json.dumps(asdict(PROGRESS) | changes).encode())
    assert complaint in str(caught.value)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(StreamError, match="writer report: type: Field required"):
        decode_report(b"{}")


def test_a_huge_report_is_not_even_read() -> None:
    with pytest.raises(StreamError, match="at most 65536"):
        decode_report(b" " * (MAX_REPORT_BYTES + 1))


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode))
def test_no_bytes_do_harm(message: bytes) -> None:
    with pytest.raises(StreamError, match="writer report"):
        decode_report(message)
