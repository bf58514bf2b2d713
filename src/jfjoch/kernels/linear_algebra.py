"""3 x 3 matrices without a library call and without allocation."""

import numpy as np
from numpy.typing import NDArray

from jfjoch.kernels._jit import kernel

Matrix = NDArray[np.float64]

_POLAR_STEPS = 6


@kernel
def determinant(m: Matrix) -> float:
    """Return the determinant."""
    return float(
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )


@kernel
def invert(m: Matrix, inverse: Matrix) -> bool:
    """Write the inverse (Cramer's rule) to another matrix; False, and nothing, if there is none."""
    size = determinant(m)
    if size == 0 or not np.isfinite(size):
        return False
    for i in range(3):
        i1, i2 = (i + 1) % 3, (i + 2) % 3
        for j in range(3):
            j1, j2 = (j + 1) % 3, (j + 2) % 3
            inverse[j, i] = (m[i1, j1] * m[i2, j2] - m[i1, j2] * m[i2, j1]) / size
    return True


@kernel
def copy_matrix(source: Matrix, destination: Matrix) -> None:
    """Write a matrix to another one."""
    for i in range(3):
        for j in range(3):
            destination[i, j] = source[i, j]


@kernel
def multiply(left: Matrix, right: Matrix, product: Matrix) -> None:
    """Write left right to a third matrix."""
    for i in range(3):
        for j in range(3):
            product[i, j] = (
                left[i, 0] * right[0, j] + left[i, 1] * right[1, j] + left[i, 2] * right[2, j]
            )


@kernel
def make_orthogonal(m: Matrix, scratch: Matrix) -> bool:
    """Replace a matrix by the nearest orthogonal one; False if it has no inverse.

    The orthogonal factor of the polar decomposition by Newton's iteration, X <- (X + X^-T) / 2
    (Higham, SIAM J. Sci. Stat. Comput. 7, 1160, 1986).
    """
    for _ in range(_POLAR_STEPS):
        if not invert(m, scratch):
            return False
        for i in range(3):
            for j in range(3):
                m[i, j] = 0.5 * (m[i, j] + scratch[j, i])
    return True
