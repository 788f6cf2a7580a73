"""The certificate of a disposal, printed: all of it, in both languages, Chinese readable."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.disposing import printed, printed_in_all
from api.messages.language import Language
from api.messages.translator import translator
from catalog.canonical import plain
from tests.pdf_text import pages_of

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ITEM = {
    "recording": "01a22e35",
    "name": "执法<b>记录</b>.mp4",
    "sha256": "ab" * 32,
    "size": 7,
    "rule": "general",
    "expires_at": NOW,
    "because": [],
    "ended_at": NOW,
}
DOCUMENT = plain(
    {
        "number": "DISP-2026-0001",
        "reason": "保管期限已满",
        "schedule": {"schedule": "own", "version": "1", "sha256": "cd" * 32},
        "planned_by": "li",
        "planned_at": NOW,
        "list_sha256": "ef" * 32,
        "approvals": [{"name": "扎西", "given_at": NOW, "reason": "已核对", "list_sha256": "ef" * 32}],
        "recoverable_until": NOW,
        "issued_at": NOW,
        "deleted": [ITEM],
        "kept": [{**ITEM, "because": [{"code": "held", "hold": "HOLD-2026-0001"}]}],
        "recovered": [],
        "sha256": "01" * 32,
    }
)


@pytest.mark.parametrize(
    ("language", "title"), [(Language.CHINESE, "销毁证明"), (Language.ENGLISH, "Certificate of disposal")]
)
def test_a_certificate_says_what_went_who_approved_it_and_what_was_kept(
    language: Language, title: str, tmp_path: Path
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(printed(DOCUMENT, translator(language)))
    said = "".join("".join(pages_of(file)).split())
    for each in (title, "DISP-2026-0001", "保管期限已满", "扎西", "执法<b>记录</b>.mp4", "HOLD-2026-0001"):
        assert "".join(each.split()) in said


def test_it_is_printed_in_each_language() -> None:
    assert set(printed_in_all(DOCUMENT)) == {"certificate-zh.pdf", "certificate-en.pdf"}
