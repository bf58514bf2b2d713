"""In which order the packets of one frame leave."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.simulator.packets import PacketTable


def sending_order(
    table: PacketTable, delays_s: NDArray[np.float64], packets_at_once: int = 1
) -> NDArray[np.int64]:
    """Return the places in the order in which modules send that send at the same time.

    The first packets of all ports, then the second of all, and so on; ``packets_at_once`` of a
    port stay together. Modules that wait longer come after the others.

    delays_s: [modules].
    """
    return np.lexsort(
        (
            np.arange(table.place_count),
            table.numbers // packets_at_once,
            delays_s[table.modules],
        )
    )
