"""The opinion map, without Django: anybody can draw it again from the published votes.

``drawing.draw_map`` is the way in. ``votes`` holds the latest vote of everybody, ``reading`` understands published
files, ``positions`` places people and statements in a plane, ``grouping`` finds the groups, ``tallies`` counts in
them, ``selecting`` picks what represents a group and what all agree on, ``reporting`` tells it as plain data. The
method is the one of Polis (Small, Bjorkegren, Erkkila, Shaw, Megill: Polis: Scaling deliberation by mapping high
dimensional opinion spaces, Recerca 26(2), 2021), with the deviations listed in docs/opinion-map.md. Nothing is drawn
by lot.
"""
