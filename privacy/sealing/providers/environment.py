"""The key-encryption key in an environment variable."""

from privacy.sealing.providers.base import HeldKey


class EnvironmentKeyProvider(HeldKey):
    """KEK from the setting ``GONGZHI_KEK`` (32 bytes in base64)."""

    def __init__(self, encoded: str, *, origin: str = "GONGZHI_KEK") -> None:
        super().__init__(encoded, origin)
