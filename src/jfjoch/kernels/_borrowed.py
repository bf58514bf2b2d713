"""Arrays without an owner.

Numba counts the users of every array, also of a part of one that is used for a moment. In kernels
that do little with each of them these atomic operations take a good part of the time.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic


def _borrowed(_typing_context: Any, arrays: Any) -> tuple[Any, Any]:
    """Return the same tuple with arrays that nobody counts; who calls the kernel keeps them."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        (result,) = values
        for index, kind in enumerate(arrays):
            if isinstance(kind, types.Array):
                owned = builder.extract_value(result, index)
                array = context.make_array(kind)(context, builder, owned)
                array.meminfo = ir.Constant(array.meminfo.type, None)
                array.parent = ir.Constant(array.parent.type, None)
                result = builder.insert_value(result, array._getvalue(), index)
        return result

    return arrays(arrays), generate


borrowed: Callable[..., Any] = intrinsic(_borrowed)
