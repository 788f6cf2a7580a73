"""The file of positions that a camera writes beside a recording: points along the way, without times."""

from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from api.demo.cast import Camera, Segment
from api.demo.model import FootageFile
from api.demo.plan import later

_STEP: Final = 0.000012  # degrees walked in a second, a little more than a metre


def write_side_file(camera: Camera, segment: Segment, recording: FootageFile, path: Path) -> None:
    """Write `<locations>` with one point (WGS-84 degrees) a second; its times are the camera's wall clock."""
    ended_at = later(recording.started_at, segment.duration_s)
    locations = Element(
        "locations",
        {
            "usrName": camera.officer.name,
            "policeNum": camera.officer.device_code,
            "devNum": camera.serial,
            "videoDuration": str(segment.duration_s),
            "beginTime": f"{recording.started_at:%Y-%m-%d %H:%M:%S}",
            "endTime": f"{ended_at:%Y-%m-%d %H:%M:%S}",
        },
    )
    for second in range(segment.duration_s + 1):
        point = {
            "longitude": f"{camera.longitude + second * _STEP:.6f}",
            "latitude": f"{camera.latitude + second * _STEP / 2:.6f}",
        }
        SubElement(locations, "location", point)
    indent(locations)
    ElementTree(locations).write(path, encoding="UTF-8", xml_declaration=True)
