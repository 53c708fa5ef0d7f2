"""A gateway for telephones whose messages stay here."""

from participation.stakeholders.levels.sms import SmsNotSent

SENT: list[tuple[str, str]] = []


class OutboxBackend:
    def send(self, number: str, text: str) -> None:
        SENT.append((number, text))


class BrokenBackend:
    def send(self, number: str, text: str) -> None:
        raise SmsNotSent
