"""One thing to set, as data."""

from dataclasses import dataclass

SettingValue = bool | int | float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A property of slsdet and its new value: times in s, energies in eV, voltages in V."""

    name: str
    value: SettingValue
    board: int | None = None
    """Of one board; None: of all."""
