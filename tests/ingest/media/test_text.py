"""Times, places and side files: what devices write, read purely."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.media import xmp
from ingest.media.location import from_sexagesimal, is_place, is_unset_iso_6709, parse_iso_6709
from ingest.media.model import ZoneOrigin
from ingest.media.sidecar import SIZE_LIMIT, SidecarDamaged, parse_location_xml, reads_as_sidecar
from ingest.media.times import from_quicktime, from_text

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("raw", "expected", "origin"),
    [
        ("2012:09:10 20:52:00", "2012-09-10T20:52:00+08:00", ZoneOrigin.SETTING),
        ("MON SEP 10 20:52:00 2012\n", "2012-09-10T20:52:00+08:00", ZoneOrigin.SETTING),
        ("2013-09-23T10:09:46+02:00", "2013-09-23T10:09:46+02:00", ZoneOrigin.FILE),
        ("2022-08-08T21:49Z", "2022-08-08T21:49:00+00:00", ZoneOrigin.FILE),
        ("2024-02-03T04:05:06.25+0545", "2024-02-03T04:05:06.250000+05:45", ZoneOrigin.FILE),
    ],
)
def test_written_times(raw: str, expected: str, origin: ZoneOrigin) -> None:
    found = from_text(raw, origin="test", zone=ZONE)
    assert found is not None
    assert (found.at.isoformat(), found.zone_origin) == (expected, origin)


@pytest.mark.parametrize("raw", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "2024:13:40 25:61:61", "soon"])
def test_unknown_times(raw: str) -> None:
    assert from_text(raw, origin="test", zone=ZONE) is None


def test_quicktime_times_are_utc_and_zero_is_unknown() -> None:
    assert from_quicktime(0, origin="test") is None
    found, unix = from_quicktime(3_547_477_677, origin="test"), from_quicktime(1_464_714_095, origin="test")
    assert found is not None
    assert unix is not None
    assert found.at.isoformat() == "2016-05-30T18:27:57+00:00"
    assert unix.at.isoformat() == "2016-05-31T17:01:35+00:00"
    assert from_quicktime(2**63, origin="test") is None


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    from_text(text, origin="test", zone=ZONE)
    parse_iso_6709(text, origin="test")
    xmp.created(text)


@pytest.mark.parametrize(
    ("text", "latitude", "longitude", "altitude"),
    [
        ("+40.680-074.500/", 40.68, -74.5, None),
        ("+4030.0-07430.0+12.5/", 40.5, -74.5, 12.5),
        ("-403036+0743036/", -40.51, 74.51, None),
    ],
)
def test_iso_6709(text: str, latitude: float, longitude: float, altitude: float | None) -> None:
    found = parse_iso_6709(text, origin="quicktime")
    assert found is not None
    assert (found.latitude, found.longitude) == (pytest.approx(latitude), pytest.approx(longitude))
    assert found.altitude_m == altitude


def test_what_is_no_place() -> None:
    assert parse_iso_6709("+00.000+000.000/", origin="quicktime") is None
    assert is_unset_iso_6709("+00.000+000.000/")
    assert not is_unset_iso_6709("garbage")
    assert not is_place(91, 10)
    assert not is_place(from_sexagesimal((1.0, 2.0, 3.0), "?"), 10)
    assert from_sexagesimal((25.0, 30.0, 36.0), "S") == pytest.approx(-25.51)


def test_location_list_of_a_recorder() -> None:
    content = (
        '<?xml version="1.0" encoding="GB2312"?><locations usrName="张三" policeNume="012345" devNum="1234567" '
        'videoDuration="60" beginTime="2017-07-22 10:15:30" endTime="2017-07-22 10:16:30" colour="red">'
        '<location Longitude="E98.5" Latitude="25.25"/><point><x>98.6</x><y>25.3</y><alt>1620.5</alt></point>'
        '<location lng="0" lat="0"/><location lng="east" lat="north"/></locations>'
    ).encode("gb2312")
    found = parse_location_xml(content)
    assert (found.officer_name, found.officer_number, found.device_number) == ("张三", "012345", "1234567")
    assert found.video_duration == "60"
    assert [(point.latitude, point.longitude, point.altitude_m) for point in found.points] == [
        (25.25, 98.5, None),
        (25.3, 98.6, 1620.5),
    ]
    assert found.not_understood == ("attribute colour", "point lng=east, lat=north")


@pytest.mark.parametrize(
    "content",
    [
        b"<locations",
        b"",
        b"\xff\xfe<",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"\x80\xff\x00",
    ],
)
def test_damaged_and_hostile_side_files(content: bytes) -> None:
    with pytest.raises(SidecarDamaged):
        parse_location_xml(content)


def test_side_files_by_name_and_text() -> None:
    assert reads_as_sidecar("A.LOG", "启动".encode("gbk"))
    assert reads_as_sidecar("a.xml", "<a/>".encode("utf-16"))
    assert not reads_as_sidecar("a.txt", b"\0\0\0\x18ftypmp42")
    assert not reads_as_sidecar("a.mp4", b"text")


def test_xmp_creation_date_as_attribute_or_element() -> None:
    frame = '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">{}</x:xmpmeta>'
    assert xmp.created(frame.format('<d xmp:CreateDate="2013-09-23T10:09:46+02:00"/>')) == "2013-09-23T10:09:46+02:00"
    assert xmp.created(frame.format("<xmp:CreateDate>2022-08-08T21:49Z</xmp:CreateDate>")) == "2022-08-08T21:49Z"
    assert xmp.created(frame.format("<broken")) is None
    found = from_text("2022-08-08T21:49Z", origin="xmp:CreateDate", zone=ZONE)
    assert found is not None
    assert found.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("attribute", ["lat", "alt"])
def test_a_number_followed_by_ten_thousand_blanks_is_refused_at_once(attribute: str) -> None:
    values = {"lat": "25.5", "lon": "98.5", "alt": "1600"} | {attribute: "1" + " " * 10_000 + "x"}
    written = " ".join(f'{name}="{value}"' for name, value in values.items())
    found = parse_location_xml(f"<locations><point {written}/></locations>".encode())
    assert [point.altitude_m for point in found.points] == ([] if attribute == "lat" else [None])
    assert len(found.not_understood) == (1 if attribute == "lat" else 0)


@pytest.mark.parametrize(
    ("written", "degrees"),
    [(" N 25.5 ", 25.5), ("25.5 ° S", -25.5), ("25.5°N", 25.5), ("-25.5", -25.5), ("25.5°", 25.5), ("25.5 s", -25.5)],
)
def test_blanks_where_makers_put_them_are_understood(written: str, degrees: float) -> None:
    (point,) = parse_location_xml(f'<l><p lat="{written}" lon="98.5" alt=" 12 m "/></l>'.encode()).points
    assert (point.latitude, point.altitude_m) == (degrees, 12.0)


@pytest.mark.parametrize("codec", ["punycode", "idna", "utf-7", "unicode_escape", "raw-unicode-escape", "utf-32"])
def test_a_declaration_that_chooses_a_slow_codec_is_refused(codec: str) -> None:
    content = f'<?xml version="1.0" encoding="{codec}"?><locations usrName="-{"a" * 1000}"/>'.encode()
    with pytest.raises(SidecarDamaged, match=f"declares the encoding {codec},"):
        parse_location_xml(content)


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "gbk"),
        ("utf-16", "utf-8"),
        ("utf-16", "utf-16"),
        ("GBK", "gbk"),
        ("cp936", "gbk"),
        ("gb18030", "gb18030"),
        ("Big5", "big5"),
    ],
)
def test_encodings_of_recorders_are_read(declared: str, codec: str) -> None:
    content = f'<?xml version="1.0" encoding="{declared}"?><locations usrName="中文"/>'.encode(codec)
    assert parse_location_xml(content).officer_name == "中文"


def test_a_side_file_larger_than_any_place_list_is_not_parsed() -> None:
    with pytest.raises(SidecarDamaged, match="larger"):
        parse_location_xml(b"<a>" + b" " * SIZE_LIMIT + b"</a>")
