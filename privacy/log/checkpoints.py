"""The text that a log signs: its name, its size and its root hash (C2SP tlog-checkpoint, "Note text")."""

from dataclasses import dataclass

from privacy.log.encoding import HASH_BYTES, LARGEST_SIZE, from_decimal, hash_from_base64, to_base64


class CheckpointError(ValueError):
    """Not a checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """``origin`` names the log, ``size`` counts its leaves, ``root`` is the 32 bytes of its root hash.

    ``extensions`` are further lines that mean nothing here; we write none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(character < " " for character in line):
                raise CheckpointError("a line of a checkpoint has text and no control characters")
        if not 0 <= self.size <= LARGEST_SIZE:
            raise CheckpointError("no such size")
        if len(self.root) != HASH_BYTES:
            raise CheckpointError(f"a root hash has {HASH_BYTES} bytes")

    @property
    def text(self) -> str:
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads the text of an opened note, without signatures. Raises CheckpointError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1]:
            raise CheckpointError("a checkpoint has at least three lines, each ended by a line feed")
        origin, size, root, *extensions = lines[:-1]
        try:
            return cls(origin, from_decimal(size), hash_from_base64(root), tuple(extensions))
        except ValueError as error:
            raise CheckpointError(str(error)) from error
