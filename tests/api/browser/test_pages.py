"""The pages in a real Chromium: found, opened, played, by mouse and by keyboard, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog.tables import Job, Recording
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobState

pytestmark = pytest.mark.browser


@pytest.fixture
def faults(page: Page) -> list[str]:
    """What the browser complains of: policy violations, missing files, errors of scripts."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def _played(page: Page) -> float:
    seconds: float = page.evaluate("document.querySelector('video, audio').currentTime")
    return seconds


def _wait_for(page: Page, expression: str) -> None:
    """Ask again and again from outside: the page's own policy forbids scripts that are made from text."""
    for _ in range(300):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"This never came true: {expression}")


def _wait_for_time(page: Page, condition: str) -> None:
    _wait_for(page, f"document.querySelector('video, audio').currentTime {condition}")


def test_the_list_says_what_there_is(
    page: Page, address: str, collection: dict[str, Recording], faults: list[str]
) -> None:
    page.goto(address)
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("heading"))
    expect(rows).to_have_count(len(collection))
    row = rows.filter(has_text=collection["video"].name)
    expect(row).to_contain_text("德市监罚〔2026〕12号")
    expect(row).to_contain_text("ready")
    expect(rows.filter(has_text=collection["broken"].name)).to_contain_text("The index is missing")
    _wait_for(page, "Array.from(document.images).some((image) => image.naturalWidth > 0)")
    assert faults == []


def test_searching_and_narrowing_down(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(address)
    page.get_by_role("searchbox").fill("会议")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text(collection["sound"].name)
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="2 need attention").click()
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_label("Device").fill("CAM001")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".row")).to_have_count(1)


def test_a_video_plays_and_seeks(
    page: Page, address: str, archive: Any, collection: dict[str, Recording], faults: list[str]
) -> None:
    video = collection["video"]
    page.goto(address)
    page.get_by_role("link", name=video.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(video.name)
    assert [event.action for event in archive.events(video.id)] == [CustodyAction.VIEWED]
    page.get_by_role("button", name="Play", exact=True).click()
    _wait_for_time(page, "> 0.2")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("slider", name="Position").fill("6")
    _wait_for_time(page, ">= 6")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".clock .now")).to_have_text("0:06")
    actions = [event.action for event in archive.events(video.id)]
    assert actions == [CustodyAction.VIEWED, CustodyAction.PLAYED]
    assert faults == []


def test_the_keyboard_is_enough(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    link = page.get_by_role("link", name=collection["video"].name)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(collection["video"].name)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("k")
    _wait_for_time(page, "> 0")
    page.keyboard.press("k")
    _wait_for(page, "document.querySelector('video').paused")
    page.keyboard.press("Home")
    _wait_for_time(page, "=== 0")
    page.keyboard.press(".")
    assert _played(page) == pytest.approx(1 / 25)
    page.keyboard.press("ArrowRight")
    assert _played(page) == pytest.approx(5 + 1 / 25)
    page.keyboard.press(",")
    assert _played(page) == pytest.approx(5)
    page.keyboard.press(">")
    expect(page.get_by_role("combobox", name="Speed")).to_have_value("1.5")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    page.keyboard.press("End")
    _wait_for_time(page, "> 7.9")


def test_keys_stay_with_the_field_that_is_written_in(
    page: Page, address: str, collection: dict[str, Recording]
) -> None:
    page.goto(f"{address}/recordings/{collection['video'].id}")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    purpose = page.get_by_placeholder("Purpose")
    purpose.click()
    page.keyboard.type("k .m")
    expect(purpose).to_have_value("k .m")
    assert _played(page) == 0


def test_stills_follow_the_timeline(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(f"{address}/recordings/{collection['video'].id}")
    slider = page.get_by_role("slider", name="Position")
    preview = page.locator(".preview")
    expect(preview).to_be_hidden()
    page.wait_for_load_state("networkidle")
    box = slider.bounding_box()
    assert box is not None
    slider.hover(position={"x": box["width"] * 0.55, "y": box["height"] / 2})
    expect(preview).to_be_visible()
    position = page.locator(".preview .tile").evaluate("tile => tile.style.backgroundPosition")
    assert position == "-640px 0px"  # the fifth still: 8 seconds of one still each
    page.mouse.move(0, 0)
    expect(preview).to_be_hidden()
    page.keyboard.press("Tab")
    slider.focus()
    page.keyboard.press("Home")
    expect(preview).to_be_visible()


def test_a_copy_is_played_and_said_to_be_one(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(f"{address}/recordings/{collection['old'].id}")
    expect(page.get_by_text("You see a copy; the original is kept unchanged.")).to_be_visible()
    expect(page.get_by_text("Browsers do not open this kind of file.")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    _wait_for_time(page, "> 0.2")


def test_sound_plays_over_its_waveform(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(f"{address}/recordings/{collection['sound'].id}")
    canvas = page.locator("canvas.waveform")
    expect(canvas).to_be_visible()
    drawn = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    _wait_for(page, f"({drawn})(document.querySelector('canvas.waveform'))")
    page.get_by_role("button", name="Play", exact=True).click()
    _wait_for_time(page, "> 0.2")


def test_a_photo_is_shown(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(f"{address}/recordings/{collection['photo'].id}")
    _wait_for(page, "document.querySelector('.photo img').naturalWidth === 1280")
    expect(page.get_by_text("The device's clock was off by more than a minute.")).to_be_visible()


def test_an_original_that_turns_out_not_to_play_says_so(page: Page, address: str, archive: Any, media: Any) -> None:
    whole = (media / "video.mp4").read_bytes()
    liar = archive.recording(
        "liar.mp4",
        b"\0" * len(whole),
        "video",
        media={"kind": "video", "container": "mp4", "codec": "h264", "pixel_format": "yuv420p", "duration_s": 8.0},
    )
    page.goto(f"{address}/recordings/{liar.id}")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("could not play it")


def test_segments_lead_to_each_other(page: Page, address: str, collection: dict[str, Recording]) -> None:
    page.goto(f"{address}/recordings/{collection['video'].id}")
    page.get_by_role("link", name="Next segment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(collection["following"].name)
    expect(page.get_by_text("segment 2 of 2")).to_be_visible()


def test_the_page_follows_the_work(page: Page, address: str, archive: Any, collection: dict[str, Recording]) -> None:
    following = collection["following"]
    page.goto(f"{address}/recordings/{following.id}")
    state = page.locator("#state")
    expect(state).to_contain_text("working")
    page.wait_for_timeout(1500)  # the first look at the state of things has been taken
    with archive.runtime.catalog.writing() as session:
        from sqlmodel import select

        job = session.exec(select(Job).where(Job.recording_id == following.id, Job.state == JobState.RUNNING)).one()
        job.state = JobState.DONE
        session.add(job)
    expect(state).to_contain_text("ready")
    assert [event.action for event in archive.events(following.id)] == [CustodyAction.VIEWED]


def test_the_list_follows_the_work(page: Page, address: str, archive: Any, collection: dict[str, Recording]) -> None:
    page.goto(address)
    expect(page.locator(".row")).to_have_count(len(collection))
    archive.recording("new.bin", b"new", "other")
    expect(page.locator(".row")).to_have_count(len(collection) + 1)


def test_both_languages(page: Page, address: str, collection: dict[str, Recording], faults: list[str]) -> None:
    page.goto(address)
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("原始记录")
    page.get_by_role("link", name=collection["broken"].name).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_text("缺少索引", exact=False).first).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("The index is missing", exact=False).first).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out(browser: Browser, address: str, collection: dict[str, Recording], width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
    page = context.new_page()
    for path in ("/", *(f"/recordings/{recording.id}" for recording in collection.values())):
        page.goto(address + path)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room, path
    context.close()


def test_everything_that_can_be_used_has_a_name(page: Page, address: str, collection: dict[str, Recording]) -> None:
    nameless = """() => Array.from(document.querySelectorAll('a, button, input:not([type=hidden]), select'))
        .filter((each) => each.offsetParent && each.getAttribute('aria-hidden') !== 'true')
        .filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length
            || each.querySelector('img')?.alt))
        .map((each) => each.outerHTML.slice(0, 100))"""
    for path in ("/", *(f"/recordings/{recording.id}" for recording in collection.values())):
        page.goto(address + path)
        assert page.evaluate(nameless) == []
        assert page.locator("h1").count() == 1
        assert page.evaluate("Array.from(document.images).filter((each) => !each.hasAttribute('alt')).length") == 0
