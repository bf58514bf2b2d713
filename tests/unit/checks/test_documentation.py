"""What the documentation shows is there and works."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from pydantic import BaseModel

from jfjoch.model.configuration import JfjochSettings
from jfjoch.model.dataset import DatasetSettings
from jfjoch.model.detector_list import DetectorSelection
from jfjoch.model.detector_settings import DetectorSettings
from jfjoch.model.image_format import ImageFormatSettings
from jfjoch.model.preview import PreviewSettings
from jfjoch.model.zeromq import ZeromqPreviewSettings

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_JSON = re.compile(r"```json\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_BASH = re.compile(r"```bash\n(.*?)```", re.DOTALL)
_REQUEST = re.compile(r"localhost:5232(/\S+) (?:(?!curl)[^{}])*?-d '(\{.*?\})'", re.DOTALL)
_BODIES: dict[str, type[BaseModel]] = {
    "/start": DatasetSettings,
    "/config/detector": DetectorSettings,
    "/config/image_format": ImageFormatSettings,
    "/config/select_detector": DetectorSelection,
    "/config/zeromq_preview": ZeromqPreviewSettings,
    "/preview/image.jpeg": PreviewSettings,
}


def anchors(page: Path) -> set[str]:
    """The names headings are linked by, as Markdown hosts make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text()):
        if link.startswith("http"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target) if target else page
        assert path.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(path), f"{page.name}: {link}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_a_configuration_without_unknown_keys(example: Path) -> None:
    JfjochSettings.model_validate(json.loads(example.read_text()), extra="forbid")


def test_the_configuration_in_the_readme_is_the_example() -> None:
    (shown,) = _JSON.findall((ROOT / "README.md").read_text())
    example = ROOT / "examples" / "simulated_jungfrau_1m.json"
    assert json.loads(shown) == json.loads(example.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_json_block_is_json(page: Path) -> None:
    for block in _JSON.findall(page.read_text()):
        json.loads(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_block_compiles(page: Path) -> None:
    for block in _PYTHON.findall(page.read_text()):
        compile(textwrap.dedent(block), str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_bash_block_is_bash(page: Path) -> None:
    for block in _BASH.findall(page.read_text()):
        subprocess.run(["bash", "-n"], input=textwrap.dedent(block), text=True, check=True)


def test_every_body_sent_with_curl_is_valid() -> None:
    requests = [request for page in PAGES for request in _REQUEST.findall(page.read_text())]
    assert {path for path, _ in requests} >= {"/start", "/config/detector"}
    for path, body in requests:
        _BODIES[path].model_validate(json.loads(body), extra="forbid")
