"""The certificate of a disposal, printed: all that an auditor asks, in both languages, Chinese readable."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.disposing import printed, printer
from api.messages.language import Language
from api.messages.translator import translator
from catalog.canonical import plain
from retention.disposal.certificate import Signed
from tests.pdf_text import pages_of

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
ITEM = {
    "recording": "01a22e35-7bd0-7e3a-8a55-0c7d2f9b1234",
    "recording_kind": "video",
    "name": "执法<b>记录</b>.mp4",
    "cases": [{"number": "迪市监罚〔2026〕12号", "category": "penalty", "status": "closed"}],
    "device": "1234567",
    "device_agency": "香格里拉市市场监督管理局",
    "officer_code": "012345",
    "officer": "和志远",
    "certificate_number": "25340100117",
    "agency": "迪庆州市场监督管理局",
    "captured_at": datetime(2025, 3, 1, 2, 30, tzinfo=UTC),
    "captured_until": datetime(2025, 3, 1, 2, 41, tzinfo=UTC),
    "secured_at": datetime(2025, 3, 1, 10, 0, tzinfo=UTC),
    "sha256": "ab" * 32,
    "sm3": "5c" * 32,
    "size": 1234567,
    "rule": "general",
    "rule_name": {"zh": "一般记录", "en": "Ordinary recordings"},
    "basis": {
        "zh": "公安机关现场执法视音频记录工作规定第十三条",
        "en": "Rules on recording, Article 13",
        "verified": True,
    },
    "expires_at": datetime(2025, 9, 1, 2, 41, tzinfo=UTC),
    "reasons": [],
    "because": [],
    "versions": [],
    "versions_deleted": 2,
    "derivatives_deleted": 4,
    "replica_deleted": 1,
    "left": [],
    "executed_by": "archivist",
    "taken_back_by": None,
    "taken_back_reason": None,
    "ended_at": datetime(2026, 3, 2, 3, 58, tzinfo=UTC),
}
UNKNOWN = dict.fromkeys(
    ("sm3", "device", "device_agency", "officer_code", "officer", "certificate_number", "agency", "captured_at"), None
)
KEPT = {
    **ITEM,
    **UNKNOWN,
    "cases": [],
    "captured_until": None,
    "rule_name": None,
    "basis": None,
    "because": [
        {"code": "held", "hold": "HOLD-2026-0001"},
        {"code": "locked", "version": "originals/x@1", "until": "2026-03-09T04:00:00+00:00"},
    ],
    "versions_deleted": 0,
    "derivatives_deleted": 0,
    "replica_deleted": 0,
}
DOCUMENT = plain(
    {
        "number": "DISP-2026-0001",
        "reason": "保管期限已满",
        "schedule": {
            "schedule": "own",
            "version": "1",
            "sha256": "cd" * 32,
            "name": {"zh": "本局保管期限表", "en": "Our schedule"},
        },
        "planned_by": "li",
        "planned_at": NOW,
        "list_sha256": "ef" * 32,
        "approvals": [
            {"name": "扎西", "given_at": NOW, "reason": "已逐条核对", "list_sha256": "ef" * 32},
            {"name": "卓玛", "given_at": NOW, "reason": "同意销毁", "list_sha256": "ef" * 32},
        ],
        "recoverable_until": NOW,
        "executed_by": ["archivist", "zhilu"],
        "executed_from": NOW,
        "executed_until": NOW,
        "totals": {"recordings": 1, "bytes": 1234567, "versions": 2, "derivatives": 4, "replica": 1},
        "issued_at": NOW,
        "key": "zhilu/1b2c3d4e+a1b2c3d4+AVzrZ8zrZ8zrZ8zrZ8zrZ8zrZ8zrZ8zrZ8zrZ8zrZ8zr",
        "checkpoint": {"size": 4711, "root": "9f" * 32, "at": NOW},
        "deleted": [ITEM],
        "kept": [KEPT],
        "recovered": [{**KEPT, "because": [], "taken_back_by": "li", "taken_back_reason": "复议需要"}],
    }
)
SIGNED = Signed(
    DOCUMENT, "01" * 32, f"zhilu disposal certificate\nDISP-2026-0001\n{'01' * 32}\n\n— zhilu/1b2c3d4e {'oQ' * 45}==\n"
)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            Language.CHINESE,
            (
                "销毁证明",
                "执法证号 25340100117",
                "本局保管期限表",
                "公安机关现场执法视音频记录工作规定第十三条",
                "存储中仍被锁定，至 2026-03-09 12:00:00 +08:00",
                "监销人",
                "核验方法",
                "删除原件存储版本 2 个、衍生件版本 4 个、副本存储中 1 个",
                "由 li 撤回：复议需要",
            ),
        ),
        (
            Language.ENGLISH,
            (
                "Certificate of disposal",
                "certificate 25340100117",
                "Our schedule",
                "Rules on recording, Article 13",
                "locked in the store until 2026-03-09 12:00:00 +08:00",
                "witnessed by",
                "How to check it",
                "Stored versions deleted: 2 of the original, 4 of derivatives, 1 in the replica",
                "Taken back by li",
            ),
        ),
    ],
)
def test_a_certificate_says_all_that_an_auditor_asks(
    language: Language, words: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(printed(SIGNED, translator(language), ZONE))
    pages = pages_of(file)
    said = "".join("".join(pages).split())
    everywhere = (
        "DISP-2026-0001",
        "保管期限已满",
        "扎西",
        "已逐条核对",
        "卓玛",
        "同意销毁",
        "archivist",
        "执法<b>记录</b>.mp4",
        "迪市监罚〔2026〕12号",
        "1234567",
        "和志远",
        "迪庆州市场监督管理局",
        "2025-03-01 10:30:00 +08:00",
        "2025-09-01 10:41:00 +08:00",
        "1,234,567",
        "HOLD-2026-0001",
        "4,711",
        "zhilu retention certificate DISP-2026-0001 --check",
    )
    for each in (*everywhere, *words):
        assert "".join(each.split()) in said, each
    assert "UTC" not in said
    for digest in (ITEM["sha256"], ITEM["sm3"], DOCUMENT["list_sha256"], DOCUMENT["key"], "9f" * 32):
        # In two columns the lines of one cell stand between those of another.
        assert str(digest)[:20] in said, digest
    for number, page in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in "".join(page.split())


def test_it_is_printed_in_each_language() -> None:
    assert set(printer(ZONE)(SIGNED)) == {"certificate-zh.pdf", "certificate-en.pdf"}
