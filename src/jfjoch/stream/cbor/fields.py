"""The values of one map, each taken with the type it must have."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from jfjoch.errors import StreamError
from jfjoch.stream.cbor.excerpt import excerpt
from jfjoch.stream.cbor.typed_arrays import CompressedArray, Matrix

INT64_MAX = 2**63 - 1

_Value = TypeVar("_Value")
_Element = TypeVar("_Element", bound=np.generic)


class Fields:
    """Typed access to a map that came from outside; ``name`` says in errors which one it is.

    A null is the same as a missing key. Without a default a missing key raises StreamError,
    as does a value of another type.
    """

    def __init__(self, name: str, values: Mapping[str, object]) -> None:
        self.name = name
        self._values = values

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The keys in the order they came."""
        return tuple(self._values)

    def raw(self, key: str) -> object:
        """Return the value whatever it is; None when it is missing."""
        return self._values.get(key)

    def integer(self, key: str, default: int | None = None, minimum: int = 0) -> int:
        """Return an integer from ``minimum`` to 2^63 - 1."""
        value = self._values.get(key)
        if value is None:
            return self._absent(key, default)
        if type(value) is not int or not minimum <= value <= INT64_MAX:
            self._refuse(key, f"an integer from {minimum} to 2^63 - 1")
        return value

    def optional_integer(self, key: str, minimum: int = 0) -> int | None:
        """Return an integer, or None when it is missing."""
        return self.integer(key, minimum=minimum) if key in self else None

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number."""
        value = self._values.get(key)
        if value is None:
            return self._absent(key, default)
        if not _is_finite_number(value):
            self._refuse(key, "a finite number")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        """Return a finite number, or None when it is missing."""
        return self.number(key) if key in self else None

    def text(self, key: str, default: str | None = None) -> str:
        """Return text."""
        value = self._values.get(key)
        if value is None:
            return self._absent(key, default)
        if not isinstance(value, str):
            self._refuse(key, "text")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._refuse(key, "true or false")
        return value

    def moment(self, key: str) -> datetime:
        """Return a date-time."""
        value = self._values.get(key)
        if not isinstance(value, datetime):
            self._refuse(key, "a date-time (tag 0)")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when it is missing."""
        match self._values.get(key):
            case None:
                return ()
            case [*entries]:
                texts = tuple(entry for entry in entries if isinstance(entry, str))
                if len(texts) == len(entries):
                    return texts
        self._refuse(key, "a list of texts")

    def vector(self, key: str) -> tuple[float, float, float]:
        """Return three finite numbers."""
        match self._values.get(key):
            case [_, _, _] as entries:
                parts = Fields(f"{self.name}.{key}", dict(zip("xyz", entries, strict=True)))
                return parts.number("x"), parts.number("y"), parts.number("z")
        self._refuse(key, "three numbers")

    def section(self, key: str) -> "Fields":
        """Return a map within this one, empty when it is missing."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, dict):
            self._refuse(key, "a map")
        return Fields(f"{self.name}.{key}", value or {})

    def maps(self, key: str) -> list["Fields"]:
        """Return a list of maps, empty when it is missing."""
        match self._values.get(key):
            case None:
                return []
            case [*entries]:
                maps = [entry for entry in entries if isinstance(entry, dict)]
                if len(maps) == len(entries):
                    return [Fields(f"{self.name}.{key}[{n}]", m) for n, m in enumerate(maps)]
        self._refuse(key, "a list of maps")

    def matrix(self, key: str) -> Matrix:
        """Return a matrix."""
        value = self._values.get(key)
        if not isinstance(value, Matrix):
            self._refuse(key, "a matrix (tag 40)")
        return value

    def array(self, key: str, dtype: type[_Element]) -> NDArray[_Element]:
        """Return an uncompressed matrix of ``dtype`` as array, a view of the message."""
        matrix = self.matrix(key)
        values = matrix.values
        if isinstance(values, CompressedArray) or values.dtype != dtype:
            raise StreamError(f"{self.name}: {key}: expected uncompressed {dtype.__name__}")
        return values.astype(dtype, copy=False).reshape(matrix.rows, matrix.columns)

    def values(self, key: str, dtype: type[_Element]) -> NDArray[_Element]:
        """Return a typed array as one-dimensional array, empty when it is missing."""
        values = self._values.get(key)
        if values is None:
            return np.empty(0, dtype)
        if not isinstance(values, np.ndarray) or values.dtype != dtype:
            self._refuse(key, f"a typed array of {dtype.__name__}")
        return values.astype(dtype, copy=False)

    def channel(self) -> str:
        """Return the key of the one channel: "default", or the only one there is.

        DECTRIS detectors call their channels "threshold_1" and so on.
        """
        if "default" in self:
            return "default"
        if len(self._values) != 1:
            raise StreamError(f"{self.name}: expected one channel, got {len(self._values)}")
        return next(iter(self._values))

    def _absent(self, key: str, default: _Value | None) -> _Value:
        if default is None:
            raise StreamError(f"{self.name}: {key} is missing")
        return default

    def _refuse(self, key: str, expected: str) -> NoReturn:
        shown = excerpt(self._values.get(key))
        raise StreamError(f"{self.name}: {key}: expected {expected}, got {shown}")


def _is_finite_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # JSON text may bring integers that no float can hold.
    return abs(value) <= sys.float_info.max
