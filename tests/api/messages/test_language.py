import pytest

from api.messages import Language, negotiated, of_environment

ZH, EN = Language.CHINESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("setting", "environment", "expected"),
    [
        (None, {"LANG": "zh_CN.UTF-8"}, ZH),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, EN),
        (None, {"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW"}, ZH),
        (None, {"LANG": "de_DE.UTF-8"}, EN),
        (None, {}, EN),
        ("zh", {"LANG": "en_US.UTF-8"}, ZH),
        ("en", {"LC_ALL": "zh_CN"}, EN),
    ],
)
def test_terminal(setting: str | None, environment: dict[str, str], expected: Language) -> None:
    assert of_environment(setting, environment) is expected


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", ZH),
        ("en-GB,en;q=0.9,zh;q=0.8", EN),
        ("fr,zh;q=0.2", ZH),
        ("zh;q=0,en;q=0.1", EN),
        ("zh;q=nonsense,en;q=0.1", EN),
        ("fr", EN),
        ("", EN),
        (None, EN),
    ],
)
def test_browser(accepted: str | None, expected: Language) -> None:
    assert negotiated(asked=None, kept=None, setting=None, accepted=accepted) is expected


def test_order_of_wishes() -> None:
    assert negotiated(asked="en", kept="zh-CN", setting="zh", accepted="zh") is EN
    assert negotiated(asked="klingon", kept="zh-CN", setting="en", accepted="en") is ZH
    assert negotiated(asked=None, kept=None, setting="zh", accepted="en") is ZH
