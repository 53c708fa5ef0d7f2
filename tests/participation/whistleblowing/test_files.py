"""Files of reports stay off the disk until they are sealed."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import RequestFactory

from participation.whistleblowing.files import KeptInMemory, checked_files


def test_a_large_upload_stays_in_memory(settings: object) -> None:
    content = b"\x89PNG\r\n\x1a\n" + b"\x00" * 3_000_000
    request = RequestFactory().post("/", {"attachments": SimpleUploadedFile("a.png", content)})
    request.upload_handlers = [KeptInMemory(request)]
    upload = request.FILES["attachments"]
    assert (type(upload), upload.read()) == (InMemoryUploadedFile, content)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.exe", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("C:\\scans\\a.pdf", b"%PDF-1.7", "application/pdf"),
        ("list.csv", "姓名,金额".encode(), "text/csv"),
    ],
    ids=["misnamed", "with a path", "text"],
)
def test_the_type_is_what_the_bytes_prove(name: str, content: bytes, media_type: str) -> None:
    upload = SimpleUploadedFile(name, content, content_type="text/html")
    assert [file.content_type for file in checked_files([upload])] == [media_type]
