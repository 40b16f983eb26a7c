# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One small face for the sparse solvers that wheels bring: CHOLMOD by cvxopt, or SuperLU by scipy.

Both keep what depends on the pattern alone where they can. "Not positive definite" is an answer, not an error.
"""

from typing import Protocol

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

#: Said where the fast solver is missing.
SLOW_SOLVER = (
    "the package cvxopt is missing, so that frames take some six times as long with SuperLU; "
    "install the environment again to have it"
)


class Factor(Protocol):
    """A symmetric matrix of a fixed pattern, taken apart."""

    #: What the user is told: the library that solves.
    name: str

    def refactor(self, values: np.ndarray) -> bool:
        """Take the matrix of these entries apart; False, and the last factor kept, if it is not positive definite."""
        ...

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solution for right sides [N] or [N, K]."""
        ...


class Cholmod:
    """CHOLMOD of SuiteSparse, from cvxopt's wheels (GPL-3.0-or-later)."""

    name = "CHOLMOD"

    def __init__(self, indptr: np.ndarray, indices: np.ndarray) -> None:
        import cvxopt
        from cvxopt import cholmod

        self._cvxopt, self._cholmod = cvxopt, cholmod
        size = len(indptr) - 1
        columns = np.repeat(np.arange(size), np.diff(indptr))
        rows, columns = (_whole_numbers(cvxopt, numbers) for numbers in (indices, columns))
        self._matrix = cvxopt.spmatrix(1.0, rows, columns, (size, size))
        cholmod.options["supernodal"] = 2
        self._spare = cholmod.symbolic(self._matrix, uplo="L")
        self._kept = None

    def refactor(self, values: np.ndarray) -> bool:
        """See ``Factor``."""
        self._matrix.V = self._cvxopt.matrix(values)
        try:
            self._cholmod.numeric(self._matrix, self._spare)
        except ArithmeticError:
            return False
        if self._kept is None:
            self._kept = self._cholmod.symbolic(self._matrix, uplo="L")
        self._kept, self._spare = self._spare, self._kept
        return True

    def solve(self, right: np.ndarray) -> np.ndarray:
        """See ``Factor``."""
        answer = self._cvxopt.matrix(np.ascontiguousarray(right, float))
        self._cholmod.solve(self._kept, answer)
        return np.array(answer).reshape(right.shape)


def _whole_numbers(cvxopt, numbers: np.ndarray):  # noqa: ANN001, ANN202 -- imported where it is there
    """Numbers as cvxopt has them. As a list each would be an object: 150 MB for a fine mesh."""
    try:
        return cvxopt.matrix(np.ascontiguousarray(numbers, np.intp))
    except TypeError:  # a platform whose integers cvxopt reads from lists alone
        return numbers.tolist()


class SuperLu:
    """SuperLU, which scipy brings along: some six times slower, and always there."""

    name = "SuperLU"

    def __init__(self, indptr: np.ndarray, indices: np.ndarray) -> None:
        self._pattern = indptr, indices
        self._factor = None

    def refactor(self, values: np.ndarray) -> bool:
        """See ``Factor``."""
        indptr, indices = self._pattern
        size = len(indptr) - 1
        lower = sp.csc_matrix((values, indices, indptr), (size, size))
        matrix = (lower + sp.tril(lower, -1).T).tocsc()
        try:
            factor = splu(
                matrix,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError:
            return False
        # Without pivoting the signs of U's diagonal are those of the matrix' eigenvalues.
        if (factor.U.diagonal() <= 0).any():
            return False
        self._factor = factor
        return True

    def solve(self, right: np.ndarray) -> np.ndarray:
        """See ``Factor``."""
        return self._factor.solve(np.ascontiguousarray(right, float))


def make_factor(indptr: np.ndarray, indices: np.ndarray) -> Factor:
    """The fastest solver that this Python has, for the lower triangle of that pattern (scipy's CSC)."""
    try:
        return Cholmod(indptr, indices)
    except ImportError:  # missing, or its library does not load
        return SuperLu(indptr, indices)
