"""The control of a detector that does what it is told, for tests of receivers."""

from jfjoch.errors import DetectorError
from jfjoch.model.plan import FramePlan


class ObedientControl:
    """Remembers what it was told; ``idle`` and ``disobeys`` are for the test to set."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.plan: FramePlan | None = None
        self.idle = False
        self.disobeys = False

    def prepare(self, plan: FramePlan) -> None:
        self.plan = plan
        self.told.append("prepare")

    def start(self) -> None:
        self.told.append("start")

    def trigger(self) -> None:
        if self.disobeys:
            raise DetectorError("no trigger was taken")
        self.told.append("trigger")

    def stop(self) -> None:
        self.told.append("stop")

    def is_idle(self) -> bool:
        return self.idle
