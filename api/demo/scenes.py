"""The scenery that a camera is walked past: one long drawing per camera, the same on every machine.

A segment shows its own stretch of the strip, moving on, so segments differ while each begins where the one before
ended. Sizes are pixels.
"""

from typing import Final

from PIL import Image, ImageDraw

from api.demo.cast import Camera, Segment
from api.demo.plan import HEIGHT, WIDTH

WALK: Final = 96  # pixels of scenery passed in a second
SWAY: Final = 40  # how far the picture may move up and down, to each side
STRIP_HEIGHT: Final = HEIGHT + 2 * SWAY
PERSON_SIZE: Final = (120, 300)
_GROUND: Final = 560
_HOUSE: Final = 470

_Colour = tuple[int, int, int]
_WALLS: Final[tuple[_Colour, ...]] = (
    (236, 226, 205),
    (202, 160, 110),
    (221, 210, 190),
    (184, 142, 104),
    (214, 196, 170),
)
_AWNINGS: Final[tuple[_Colour, ...]] = ((178, 34, 42), (28, 96, 150), (34, 120, 76), (210, 140, 30))
_GOODS: Final[tuple[_Colour, ...]] = ((232, 178, 40), (196, 60, 44), (104, 150, 62), (240, 236, 226), (130, 84, 150))


def draw_strip(camera: Camera) -> Image.Image:
    """Draw all that the camera passes: sky, snow peaks, houses, market stalls. RGB, `STRIP_HEIGHT` high."""
    width = WIDTH + camera.recorded_s * WALK
    shift = sum(camera.serial.encode())  # no two cameras look at the same houses
    strip = Image.new("RGB", (width, STRIP_HEIGHT), (196, 216, 236))
    draw = ImageDraw.Draw(strip)
    _draw_peaks(draw, width, shift)
    draw.rectangle((0, _GROUND, width, STRIP_HEIGHT), (122, 116, 108))
    for number in range(width // _HOUSE + 1):
        _draw_house(draw, number * _HOUSE, number + shift)
    return strip


def scene_of(strip: Image.Image, camera: Camera, segment: Segment) -> Image.Image:
    """Cut out what one segment passes."""
    before = sum(earlier.duration_s for earlier in camera.segments[: camera.segments.index(segment)])
    left = before * WALK
    return strip.crop((left, 0, left + WIDTH + segment.duration_s * WALK, STRIP_HEIGHT))


def draw_person(camera: Camera) -> Image.Image:
    """Draw the passer-by who crosses each segment. RGBA, `PERSON_SIZE`."""
    person = Image.new("RGBA", PERSON_SIZE)
    draw = ImageDraw.Draw(person)
    coat = _AWNINGS[sum(camera.serial.encode()) % len(_AWNINGS)]
    draw.ellipse((38, 4, 82, 54), (214, 170, 138))
    draw.pieslice((34, 0, 86, 50), 180, 360, (40, 32, 30))
    draw.rounded_rectangle((22, 56, 98, 190), 22, coat)
    draw.rectangle((34, 186, 56, 292), (44, 46, 60))
    draw.rectangle((64, 186, 86, 292), (44, 46, 60))
    return person


def _draw_peaks(draw: ImageDraw.ImageDraw, width: int, shift: int) -> None:
    for number in range(width // 260 + 2):
        top = 90 + (number * 67 + shift * 31) % 130
        middle = number * 260
        draw.polygon(((middle - 300, _GROUND), (middle, top), (middle + 300, _GROUND)), (112, 130, 152))
        draw.polygon(((middle - 66, top + 100), (middle, top), (middle + 66, top + 100)), (246, 248, 252))


def _draw_house(draw: ImageDraw.ImageDraw, left: int, number: int) -> None:
    top = 210 + (number * 53) % 90
    right = left + _HOUSE - 50
    draw.rectangle((left, top, right, _GROUND), _WALLS[number % len(_WALLS)])
    draw.rectangle((left - 14, top - 24, right + 14, top), (92, 52, 38))
    for window in range(3 + number % 2):
        x = left + 30 + window * 98
        draw.polygon(((x - 8, top + 34), (x + 68, top + 34), (x + 60, top + 110), (x, top + 110)), (50, 40, 40))
        draw.rectangle((x + 8, top + 44, x + 52, top + 100), (136 + 9 * (number % 5), 168, 190))
    _draw_stall(draw, left, number)


def _draw_stall(draw: ImageDraw.ImageDraw, left: int, number: int) -> None:
    awning = _AWNINGS[number % len(_AWNINGS)]
    for stripe in range(9):
        colour = awning if stripe % 2 else (244, 240, 232)
        x = left + 20 + stripe * 40
        draw.polygon(((x, 430), (x + 40, 430), (x + 46, 470), (x - 6, 470)), colour)
    draw.rectangle((left + 20, 600, left + 380, 700), (104, 76, 54))
    for row in range(2):
        for crate in range(12):
            x, y = left + 24 + crate * 30, 562 + row * 20
            draw.ellipse((x, y, x + 28, y + 28), _GOODS[(crate * 7 // (2 + row) + number) % len(_GOODS)])
