"""Values that came over a stream, in the form that JSON has for them."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def json_value(value: Any) -> Any:
    """Return ``value`` as strict JSON can say it.

    A date becomes text; null stands for what JSON has no form for: bytes, arrays, numbers that are
    not finite. Raises RecursionError for hundreds of values within each other.
    """
    if isinstance(value, Mapping):
        return {name: json_value(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [json_value(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float) else None
