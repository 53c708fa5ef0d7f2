"""Where the parts of a drawing go. Nothing here knows of pages, colours or languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.ui.money import as_decimal


@dataclass(frozen=True)
class Rect:
    """A rectangle within a frame, in the unit of the frame."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


def share(value: object, maximum: object, whole: float = 100.0) -> float:
    """``value`` as a part of ``maximum`` on a scale to ``whole``; 0 for what is missing, negative or has no maximum."""
    part, most = as_decimal(value), as_decimal(maximum)
    if part is None or most is None or part <= 0 or most <= 0:
        return 0.0
    return min(whole, float(part / most) * whole)


def _worst(row: Sequence[float], side: float) -> float:
    """The longest aspect ratio in a row of areas laid along ``side``."""
    total = sum(row)
    return max(side * side * max(row) / (total * total), total * total / (side * side * min(row)))


def squarify(values: Sequence[float], frame: Rect) -> list[Rect]:
    """Rectangles in ``frame`` whose areas are in proportion to ``values``, as square as they will go.

    The answer keeps the order of ``values``; a value that is not positive gets a rectangle without area. After
    Bruls, Huizing and van Wijk, "Squarified treemaps" (2000).
    """
    total = sum(value for value in values if value > 0)
    placed = [Rect(frame.x, frame.y, 0.0, 0.0) for _value in values]
    if total <= 0 or frame.area <= 0:
        return placed
    order = sorted((index for index, value in enumerate(values) if value > 0), key=lambda index: -values[index])
    areas = {index: values[index] / total * frame.area for index in order}
    order = [index for index in order if areas[index] > 0]
    left, top, right, bottom = frame.x, frame.y, frame.x + frame.width, frame.y + frame.height
    start = 0
    while start < len(order):
        across = right - left >= bottom - top
        side = min(right - left, bottom - top)
        stop = start + 1
        row = [areas[order[start]]]
        while stop < len(order) and side > 0:
            wider = [*row, areas[order[stop]]]
            if _worst(wider, side) > _worst(row, side):
                break
            row = wider
            stop += 1
        # The last row takes exactly what is left, so that rounding leaves no seam and nothing leaves the frame.
        is_last = stop == len(order)
        thickness = sum(row) / side if side > 0 else 0.0
        thickness = (right - left if across else bottom - top) if is_last else thickness
        offset, length = 0.0, sum(row)
        for index, area in zip(order[start:stop], row, strict=True):
            extent = area / length * side
            if across:
                placed[index] = Rect(left, top + offset, thickness, extent)
            else:
                placed[index] = Rect(left + offset, top, extent, thickness)
            offset += extent
        if across:
            left = min(left + thickness, right)
        else:
            top = min(top + thickness, bottom)
        start = stop
    return placed
