"""The example of the how-to works as it stands there, but for the address."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.helpers.configurations import Setup, dataset
from tests.helpers.services import running_broker

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "watch-a-run.md"


def test_the_example_shows_a_run(tmp_path: Path) -> None:
    """B135: started in the middle of anything, it shows the next whole run."""
    section = {"enabled": True, "period_ms": 0, "socket_address": "tcp://127.0.0.1:*"}
    content = Setup(module_count=1).configuration() | {"zeromq_preview": section}
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with running_broker(content, tmp_path) as broker:
        client = broker.client
        client.initialize()
        address = client.get("/config/zeromq_preview").json()["socket_address"]
        program = textwrap.dedent(code).replace("tcp://localhost:5401", address)
        assert program != textwrap.dedent(code)
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as example:
            while example.poll() is None:
                client.measure(dataset("", 3))
            assert example.stdout
            *images, end = example.stdout.read().splitlines()
        assert example.returncode == 0
    assert re.fullmatch(r"run \d+: 3 images", end)
    assert len(images) == 3
    assert all(re.fullmatch(r"image \d: \(514, 1030\), max \d+", line) for line in images)
