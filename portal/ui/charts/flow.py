"""Money on its way: a flow (sankey) from layer to layer, in which nothing is lost and nothing added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.frame import WIDE_PX, joined, percent
from portal.ui.charts.ink import TONES, Ink
from portal.ui.charts.words import shortened, text_width

NODE_PX = 10
GAP_PX = 16
# Where labels stand against each other: how far apart two lines of text have to be.
LABEL_PX = 13
TOP_PX = 12
TITLE_PX = 26


class Node(NamedTuple):
    """A station of the money. ``layer`` counts from 0, ``key`` tells it apart within its layer."""

    layer: int
    key: str
    label: str
    value: float
    detail: str = ""
    url: str = ""


class Link(NamedTuple):
    """Money from a node of ``layer`` to one of the next."""

    layer: int
    source: str
    target: str
    value: float


class Box(NamedTuple):
    """Where a node stands: top and height in pixels."""

    top: float
    height: float


class Ribbon(NamedTuple):
    """Where a link begins and ends: tops and thickness in pixels."""

    link: Link
    top: float
    bottom_top: float
    thickness: float


@dataclass(frozen=True)
class Flow:
    """Build it with ``flow_of``. ``titles`` name the layers from left to right."""

    titles: tuple[str, ...]
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    name = "flow"
    is_linked = False

    def __bool__(self) -> bool:
        return bool(self.links)

    def layer(self, number: int) -> list[Node]:
        return [node for node in self.nodes if node.layer == number]

    def steps(self) -> int:
        return len(self.titles) - 1

    def _spread(self) -> float:
        return 240.0

    def _section_height(self, layers: Iterable[int]) -> float:
        most = max(len(self.layer(number)) for number in layers)
        return TITLE_PX + self._spread() + GAP_PX * (most - 1) + 2 * TOP_PX

    def height(self, width: int) -> int:
        if width < WIDE_PX:
            return round(sum(self._section_height((step, step + 1)) for step in range(self.steps())))
        return round(self._section_height(range(len(self.titles))))

    def boxes(self, number: int, height: float) -> dict[str, Box]:
        """The nodes of one layer from top to bottom, the whole layer in the middle of ``height`` pixels."""
        nodes = self.layer(number)
        total = sum(node.value for node in nodes) or 1.0
        taken = self._spread() + GAP_PX * (len(nodes) - 1)
        top = TOP_PX + (height - 2 * TOP_PX - taken) / 2
        placed: dict[str, Box] = {}
        for node in nodes:
            tall = node.value / total * self._spread()
            placed[node.key] = Box(top, tall)
            top += tall + GAP_PX
        return placed

    def ribbons(self, step: int, left: dict[str, Box], right: dict[str, Box]) -> list[Ribbon]:
        """The links of one step, stacked without gaps on both sides in the order of the nodes they lead to and from."""
        order = {node.key: place for place, node in enumerate(self.layer(step))}
        next_order = {node.key: place for place, node in enumerate(self.layer(step + 1))}
        links = [link for link in self.links if link.layer == step]
        whole = sum(link.value for link in links) or 1.0
        starts: dict[Link, float] = {}
        at: dict[str, float] = defaultdict(float)
        for link in sorted(links, key=lambda link: (order[link.source], next_order[link.target])):
            starts[link] = left[link.source].top + at[link.source]
            at[link.source] += link.value / whole * self._spread()
        found = []
        at = defaultdict(float)
        for link in sorted(links, key=lambda link: (next_order[link.target], order[link.source])):
            thickness = link.value / whole * self._spread()
            found.append(Ribbon(link, starts[link], right[link.target].top + at[link.target], thickness))
            at[link.target] += thickness
        return found

    def shapes(self, width: int, ink: Ink) -> SafeString:
        if width >= WIDE_PX:
            height = self._section_height(range(len(self.titles)))
            return self._section(list(range(len(self.titles))), 0.0, height, width, ink)
        parts, top = [], 0.0
        for step in range(self.steps()):
            tall = self._section_height((step, step + 1))
            parts.append(self._section([step, step + 1], top, tall, width, ink))
            top += tall
        return joined(parts)

    def _section(self, layers: list[int], top: float, height: float, width: int, ink: Ink) -> SafeString:
        """Some layers side by side under their titles, ``top`` pixels down."""
        last = len(layers) - 1
        body = height - TITLE_PX
        placed = {number: self.boxes(number, body) for number in layers}
        reach = (width - NODE_PX) / last
        bands = joined(
            # From under one node to under the next: stretched, the ends would leave a gap beside nodes that are not.
            self._band(ribbon, place * reach + 1, (place + 1) * reach + 1, ink)
            for place, number in enumerate(layers[:-1])
            for ribbon in self.ribbons(number, placed[number], placed[number + 1])
        )
        # Only what has no text in it may be stretched.
        stretched = format_html(
            '<svg y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>',
            *(f"{top + TITLE_PX:.1f}", f"{body:.1f}", width, f"{body:.1f}", bands),
        )
        words = []
        for place, number in enumerate(layers):
            x = percent(place * reach, width)
            side, kind = ("100%", "v e") if place == last else (x, "v")
            title = self.titles[number]
            words.append(format_html('<text x="{}" y="{}"{}>{}</text>', side, f"{top + 13:.1f}", ink(kind), title))
            # Of three layers only the first, which is small, has its labels behind it; the others need the room.
            is_before = place == last or (len(layers) > 2 and place > 0)
            room = reach - NODE_PX - 12 if len(layers) > 2 else width / 2 - NODE_PX - 10
            if 0 < place < last:
                room -= max((text_width(node.label, LABEL_PX) for node in self.layer(layers[0])), default=0) / 2
            for rank, node in enumerate(self.layer(number)):
                box = placed[number][node.key]
                words.append(self._node(node, box, x, is_before, min(rank, TONES - 1), top + TITLE_PX, room, ink))
        return format_html("{}{}", stretched, joined(words))

    def _band(self, ribbon: Ribbon, left: float, right: float, ink: Ink) -> SafeString:
        rank = [node.key for node in self.layer(ribbon.link.layer)].index(ribbon.link.source)
        middle = (left + right) / 2
        y0, y1, y2, y3 = (
            ribbon.top,
            ribbon.bottom_top,
            ribbon.bottom_top + ribbon.thickness,
            ribbon.top + ribbon.thickness,
        )
        path = (
            f"M{left:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {right:.1f} {y1:.1f}"
            f"V{y2:.1f}C{middle:.1f} {y2:.1f} {middle:.1f} {y3:.1f} {left:.1f} {y3:.1f}Z"
        )
        return format_html('<path{} d="{}"/>', ink(f"f{min(rank, TONES - 1)}"), path)

    def _node(
        self, node: Node, box: Box, x: str, is_before: bool, tone: int, top: float, room: float, ink: Ink
    ) -> SafeString:
        middle = top + box.top + box.height / 2
        words = f"{node.label} {node.detail}".strip()
        label = shortened(node.label, room, LABEL_PX)
        text = format_html(
            '<text x="{}" dx="{}" y="{}"{}>{}</text>',
            x,
            -6 if is_before else NODE_PX + 6,
            f"{middle + 4.5:.1f}",
            ink("w e" if is_before else "w"),
            label,
        )
        return format_html(
            '<g><title>{}</title><rect{} x="{}" y="{}" width="{}" height="{}"/>{}</g>',
            words,
            ink(f"t{tone}"),
            x,
            f"{top + box.top:.1f}",
            NODE_PX,
            f"{max(box.height, 1):.1f}",
            text,
        )


def flow_of(
    titles: Iterable[str], rows: Iterable[tuple[tuple[str, ...], float]], labels: dict[tuple[int, str], str], *,
    most: int = 8, other: str = "…", details: dict[tuple[int, str], str] | None = None,
) -> Flow:  # fmt: skip
    """A flow from sums: each row is the key in every layer, and an amount.

    Of a layer the ``most`` - 1 largest keys keep their own node, the rest become ``other``; amounts that are not
    positive cannot flow and are left out. ``labels`` and ``details`` are by layer and key.
    """
    titles = tuple(titles)
    rows = [(keys, value) for keys, value in rows if value > 0]
    sizes: list[dict[str, float]] = [defaultdict(float) for _title in titles]
    for keys, value in rows:
        for layer, key in enumerate(keys):
            sizes[layer][key] += value
    shown: list[set[str]] = []
    for size in sizes:
        largest = sorted(size, key=lambda key: -size[key])
        shown.append(set(largest if len(largest) <= most else largest[: most - 1]))
    links: dict[tuple[int, str, str], float] = defaultdict(float)
    values: dict[tuple[int, str], float] = defaultdict(float)
    for keys, value in rows:
        named = [key if key in shown[layer] else OTHER for layer, key in enumerate(keys)]
        for layer, key in enumerate(named):
            values[layer, key] += value
        for layer in range(len(titles) - 1):
            links[layer, named[layer], named[layer + 1]] += value
    details = details or {}
    nodes = []
    # The largest first, and what has no node of its own last.
    for (layer, key), value in sorted(values.items(), key=lambda item: (item[0][0], item[0][1] == OTHER, -item[1])):
        label = other if key == OTHER else labels.get((layer, key), key)
        nodes.append(Node(layer, key, label, value, details.get((layer, key), "")))
    return Flow(titles, tuple(nodes), tuple(Link(*ends, value) for ends, value in links.items()))


# No key of a source: what is left of a layer when its largest have their own nodes.
OTHER = "\0other"
