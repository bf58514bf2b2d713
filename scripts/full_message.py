"""Messages in which nothing is left out, for pages made from what they become."""

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from jfjoch.model.roi import NO_ROI, RoiDefinitions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_TEXTS = {"dtype": "uint16", "algorithm": "bslz4", "name": "<name>"}
_PLAIN_VALUES: dict[type, Any] = {
    bool: True,
    int: 1,
    float: 1.0,
    str: "text",
    datetime: NOW,
    bytes: b"",
}

M = TypeVar("M")


def full_message(kind: type[M]) -> M:
    """Make a message, or a part of one, in which no optional part is missing."""
    hints = get_type_hints(kind)
    assert is_dataclass(kind)
    return kind(**{f.name: _value(hints[f.name], f.name) for f in fields(kind)})


def _value(hint: Any, name: str) -> Any:
    if name in _TEXTS:
        return _TEXTS[name]
    if is_dataclass(hint):
        return full_message(hint)  # type: ignore[arg-type]
    if get_origin(hint) in (Union, types.UnionType):
        return _value(get_args(hint)[0], name)
    if get_origin(hint) is tuple:
        return tuple(_value(one, name) for one in get_args(hint) if one is not Ellipsis)
    if get_origin(hint) is np.ndarray:
        return _array(hint, name)
    if hint is RoiDefinitions:
        return NO_ROI
    return {} if hint is Any else _PLAIN_VALUES[hint]


def _array(hint: Any, name: str) -> Any:
    (element,) = get_args(get_args(hint)[1])
    return np.zeros((2, 2) if name in ("pixel_mask", "values") else 2, element)
