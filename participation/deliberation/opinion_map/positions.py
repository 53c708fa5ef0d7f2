"""Where people and statements lie: principal components of a matrix that is mostly empty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from participation.deliberation.opinion_map.votes import Votes

Floats = NDArray[np.float64]

AXES = 2
# Below this share of the first singular value, an axis is rounding noise.
NEGLIGIBLE = 1e-7
# Loadings that differ less are equally large, so that rounding cannot turn a map; the first of them decides.
ALIKE = 1 - 1e-6
# Up to this many rows or columns, the dense decomposition is as fast, and it knows no exceptions.
SMALL = 10


@dataclass(frozen=True)
class Positions:
    """For P participants and C statements: ``center`` (C,) the mean vote m_j, ``axes`` (2, C) unit vectors a (zero
    where the votes do not span an axis), ``participants`` (P, 2), ``statements`` (C, 2). Units: votes, -1 to +1,
    times sqrt(C)."""

    center: Floats
    axes: Floats
    participants: Floats
    statements: Floats

    @property
    def extremity(self) -> Floats:
        """(C,): how far out a statement lies, E_j = |q_j|."""
        return np.hypot(self.statements[:, 0], self.statements[:, 1])


def place(votes: Votes, out: NDArray[np.bool_], earlier_axes: Floats | None = None) -> Positions:
    """Principal components with sparsity-aware projection (Polis, ``pca.clj``).

    ``out`` (C,) marks statements that are not analysed: everybody counts as having passed on them. A missing vote
    counts as the mean m_j of its statement, so that it is zero after centring:

        X_ij = M_ij - m_j where i has voted on j, else 0; axes a: the first two right singular vectors of X
        p_i = sqrt(C / n_i) * sum_j X_ij a_j with n_i the votes of i, and one more for each statement that is out
        q_j = sqrt(C) * (1 - m_j) * a_j, the position of somebody who only agrees with j

    The sign of an axis is free: it follows ``earlier_axes`` (2, C), where given and not orthogonal, so that a map
    does not flip, else its largest loading is positive.
    """
    number, width = votes.shape
    analysed = ~out[votes.columns]
    rows, columns, values = votes.rows[analysed], votes.columns[analysed], votes.values[analysed]
    center = np.bincount(columns, values, width) / np.maximum(np.bincount(columns, minlength=width), 1)
    centred = csr_array((values - center[columns], (rows, columns)), shape=votes.shape)
    axes = _signed(_right_singular_vectors(centred), earlier_axes)
    seen = np.maximum(np.bincount(rows, minlength=number) + np.count_nonzero(out), 1)
    return Positions(
        center=center,
        axes=axes,
        participants=np.sqrt(width / seen)[:, None] * (centred @ axes.T),
        statements=np.sqrt(width) * ((1 - center) * axes).T,
    )


def _right_singular_vectors(centred: csr_array) -> Floats:
    """(2, C). Lanczos from a fixed start that is orthogonal to nothing in particular."""
    axes = np.zeros((AXES, centred.shape[1]))
    smaller = min(centred.shape)
    if smaller == 0 or not np.any(centred.data):
        return axes
    if smaller <= SMALL:
        _, strengths, vectors = np.linalg.svd(centred.toarray(), full_matrices=False)
    else:
        start = np.cos(np.arange(smaller))
        _, strengths, vectors = svds(centred, k=AXES, v0=start, return_singular_vectors="vh", rng=0)
        strengths, vectors = strengths[::-1], vectors[::-1]
    real = int(np.count_nonzero(strengths[:AXES] > NEGLIGIBLE * strengths[0]))
    axes[:real] = vectors[:real]
    return axes


def _signed(axes: Floats, earlier: Floats | None) -> Floats:
    if not axes.size:
        return axes
    size = np.abs(axes)
    first = (size >= ALIKE * size.max(axis=1, keepdims=True)).argmax(axis=1)
    largest = axes[np.arange(AXES), first]
    likeness = np.zeros(AXES) if earlier is None else (axes * earlier).sum(axis=1)
    deciding = np.where(likeness != 0, likeness, largest)
    return axes * np.where(deciding < 0, -1, 1)[:, None]
