"""What is printed can be read, selected and kept: its fonts are inside, and it reaches for nothing outside."""

import os
import subprocess
import sys
from pathlib import Path

from api.messages import Language, translator
from api.reports.printing import as_html, as_pdf
from tests.pdf_text import fonts_of, pages_of

SAY = translator(Language.CHINESE)


def printed(tmp_path: Path, title: str) -> Path:
    path = tmp_path / "printed.pdf"
    path.write_bytes(as_pdf("sheet.html", SAY, {"title": title, "number": "监-1"}))
    return path


def test_chinese_is_given_back_as_text(tmp_path: Path) -> None:
    (page,) = pages_of(printed(tmp_path, "监管链报告：迪市监罚〔2026〕12号，扎西·卓玛"))
    assert "监管链报告：迪市监罚〔2026〕12号，扎西·卓玛" in page
    assert "监-1" in page


def test_the_fonts_lie_in_the_file(tmp_path: Path) -> None:
    fonts = fonts_of(printed(tmp_path, "监管链报告"))
    assert all(fonts.values())
    assert all("Noto-Sans-CJK-SC" in name for name in fonts)


def test_what_facts_hold_is_text_and_never_markup(tmp_path: Path) -> None:
    told = "<img src='file:///etc/passwd'><script>alert(1)</script>"
    assert "<script>" not in as_html("sheet.html", SAY, {"title": told, "number": "1"})
    (page,) = pages_of(printed(tmp_path, told))
    assert "file:///etc/passwd" in page.replace("\n", "")


def test_without_the_font_it_says_what_to_install(tmp_path: Path) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text('<?xml version="1.0"?><fontconfig></fontconfig>')
    program = "from api.reports.printing import check_printing; check_printing()"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "FONTCONFIG_FILE": str(empty)},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1
    assert b"apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk" in ran.stderr
