"""The key-encryption key in a file that only its owner may read."""

import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.providers.base import HeldKey

_LONGEST = 4096


def read_private(path: str | Path, origin: str) -> str:
    """The text of a file with a secret. Raises ``ImproperlyConfigured`` when group or others have any right to it."""
    try:
        with open(path, encoding="ascii") as file:
            # The open file is asked, not the name: it cannot be exchanged in between.
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ImproperlyConfigured(
                    f"{origin} {path} is open to group or others (mode {mode:04o}); run chmod 600 on it."
                )
            return file.read(_LONGEST).strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{origin} cannot be read: {error}") from error
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{origin} {path} does not hold plain text.") from None


class FileKeyProvider(HeldKey):
    """KEK from the file named by ``GONGZHI_KEK_FILE`` (32 bytes in base64)."""

    def __init__(self, path: str | Path, *, origin: str = "GONGZHI_KEK_FILE") -> None:
        super().__init__(read_private(path, origin), origin)
