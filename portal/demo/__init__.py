"""The made-up city of Yunchuan (云川市), with which the portal can be tried out. Everything about it is invented."""
