"""Which slots there are, told from the tables of the kernel and of udev alone."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingest.dock_settings import DockSettings, SlotSettings
from ingest.plugged import ports_of_devices
from ingest.slots import Mount, SlotFinder, mounts_in, places_of

TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
40 27 8:17 / /media/dock/card\040one rw,nosuid shared:5 - vfat /dev/sdb1 rw
41 27 8:33 / /media/dock/2 rw - exfat /dev/sdc1 rw
"""
PORT = "pci-0000:00:14.0-usb-0:{}:1.0-scsi-0:0:0:{}-part{}"


def at_ports(settings: DockSettings, *ports: str) -> dict[str, bytes | None]:
    """The slots where a card is mounted from each of these ports."""
    mounts = [Mount(f"8:{number}", f"/media/{number}".encode(), "vfat") for number, _ in enumerate(ports)]
    return places_of(settings, (), mounts, {f"8:{number}": (port,) for number, port in enumerate(ports)})


def test_the_table_of_mounts_is_read_with_its_escapes() -> None:
    assert mounts_in(TABLE)[1:] == [
        Mount("8:17", b"/media/dock/card one", "vfat"),
        Mount("8:33", b"/media/dock/2", "exfat"),
    ]


def test_the_real_table_of_mounts_is_read() -> None:
    found = mounts_in(Path("/proc/self/mountinfo").read_bytes())
    assert Mount("0:0", b"/proc", "proc").place in {mount.place for mount in found}


def test_every_mount_that_matches_is_a_slot_named_by_its_last_part() -> None:
    settings = DockSettings(mounts=("/media/dock/*",), name="slot {name}")
    assert places_of(settings, (), mounts_in(TABLE), {}) == {
        "slot card one": b"/media/dock/card one",
        "slot 2": b"/media/dock/2",
    }


def test_a_star_does_not_cross_folders() -> None:
    assert places_of(DockSettings(mounts=("/media/*",)), (), mounts_in(TABLE), {}) == {}


def test_a_named_mount_point_is_a_slot_whether_a_card_is_there_or_not() -> None:
    settings = DockSettings(slots=(SlotSettings(name="2", mount="/media/dock/2"), SlotSettings(name="3", mount="/m/3")))
    assert places_of(settings, (), mounts_in(TABLE), {}) == {"2": b"/media/dock/2", "3": None}


def test_a_port_is_the_same_slot_wherever_its_card_is_mounted() -> None:
    settings = DockSettings(slots=(SlotSettings(name="3", port="pci-0000:00:14.0-usb-0:3:*"),))
    assert at_ports(settings, PORT.format(3, 0, 1)) == {"3": b"/media/0"}
    assert at_ports(settings, PORT.format(1, 0, 1), PORT.format(3, 0, 1)) == {"3": b"/media/1"}
    assert at_ports(settings) == {"3": None}


def test_more_disks_and_partitions_at_one_port_are_slots_of_their_own() -> None:
    settings = DockSettings(slots=(SlotSettings(name="3", port="*usb-0:3:*"),))
    assert at_ports(settings, PORT.format(3, 1, 2), PORT.format(3, 0, 1), PORT.format(3, 1, 1)) == {
        "3": b"/media/1",
        "3 lun1": b"/media/2",
        "3 lun1 part2": b"/media/0",
    }


def test_ports_by_pattern_are_named_by_the_port() -> None:
    assert at_ports(DockSettings(ports=("*-usb-*",)), PORT.format("3.2", 0, 1)) == {
        "pci-0000:00:14.0-usb-0:3.2:1.0": b"/media/0"
    }


def test_folders_given_stay_slots() -> None:
    assert places_of(DockSettings(), [b"/srv/dock"], (), {}) == {"/srv/dock": b"/srv/dock"}


def test_a_slot_stays_when_its_card_goes(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(TABLE)
    finder = SlotFinder(DockSettings(mounts=("/media/dock/*",)), (), mounts=table, ports=dict)
    assert finder.look()["2"] == b"/media/dock/2"
    table.write_bytes(b"")
    assert finder.look() == {"card one": None, "2": None}


def test_a_slot_found_by_its_label_is_forgotten_some_time_after_its_card_went(tmp_path: Path) -> None:
    table, now = tmp_path / "mountinfo", [0.0]
    table.write_bytes(TABLE)
    settings = DockSettings(mounts=("/media/dock/*",), slots=(SlotSettings(name="left", mount="/m/1"),))
    finder = SlotFinder(settings, (), mounts=table, ports=dict, seconds=lambda: now[0])
    finder.look()
    table.write_bytes(b"")
    now[0] = 600
    assert finder.look() == {"card one": None, "2": None, "left": None}
    now[0] = 601
    assert finder.look(also={"missing"}) == {"left": None, "missing": None}
    now[0] = 1201
    assert finder.look() == {"left": None, "missing": None}
    now[0] = 1202
    assert finder.look() == {"left": None}


LABELS = [b"\xff\xfe", b"evil\x1b[2J\nslot 3: safe", "\u202e3".encode(), "卡".encode("gb18030"), "卡".encode(), b"a b"]


def test_a_label_makes_a_name_that_any_terminal_log_and_database_can_carry() -> None:
    mounts = [Mount(f"8:{number}", b"/media/" + label, "vfat") for number, label in enumerate(LABELS)]
    names = list(places_of(DockSettings(mounts=("/media/*",)), (), mounts, {}))
    assert len(names) == len(LABELS)
    assert all(name.isprintable() and name.encode() for name in names)
    assert names[-2:] == ["卡", "a b"]
    assert names[3].startswith("卡 ~")  # the same word in another encoding is another slot


def test_a_folder_given_makes_such_a_name_too() -> None:
    (name,) = places_of(DockSettings(), [b"/srv/\xff\x1b\n"], (), {})
    assert name.startswith("/srv/")
    assert name.isprintable()


def test_a_label_never_takes_the_name_of_another_slot() -> None:
    settings = DockSettings(
        mounts=("/media/*", "/mnt/*"),
        slots=(SlotSettings(name="3", port="*usb-0:3:*"), SlotSettings(name="left", mount="/m/left")),
    )
    forged = [Mount("8:1", b"/media/3", "vfat"), Mount("8:2", b"/media/left", "vfat")]
    places = places_of(settings, (), forged, {})
    assert (places.pop("3"), places.pop("left")) == (None, None)
    assert sorted(places.values(), key=str) == [b"/media/3", b"/media/left"]
    twice = [Mount("8:1", b"/media/card", "vfat"), Mount("8:2", b"/mnt/card", "vfat")]
    assert {b"/media/card", b"/mnt/card"} <= set(places_of(settings, (), twice, {}).values())


def test_where_something_is_mounted_it_is_not_even_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has died there would hold whoever asks for ever."""
    for name in ("dead", "alive"):
        (tmp_path / "slots" / name).mkdir(parents=True)
    dead, is_dir, asked = tmp_path / "slots" / "dead", Path.is_dir, list[Path]()

    def remembering(path: Path) -> bool:
        asked.append(path)
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", remembering)
    table = tmp_path / "mountinfo"
    table.write_bytes(b"40 27 8:17 / " + os.fsencode(dead) + b" rw - vfat /dev/sdb1 rw\n")
    settings = DockSettings(mounts=(f"{tmp_path}/slots/*",), plain_folders=True)
    assert set(SlotFinder(settings, (), mounts=table, ports=dict).look()) == {"dead", "alive"}
    assert tmp_path / "slots" / "alive" in asked
    assert dead not in asked


def test_plain_folders_are_slots_where_that_is_wished(tmp_path: Path) -> None:
    (tmp_path / "slots" / "1").mkdir(parents=True)
    (tmp_path / "slots" / "a file").touch()
    (tmp_path / "slots" / "2").symlink_to("/etc")
    pattern = f"{tmp_path}/slots/*"
    assert SlotFinder(DockSettings(mounts=(pattern,)), ()).look() == {}
    found = SlotFinder(DockSettings(mounts=(pattern,), plain_folders=True), ()).look()
    assert found == {"1": os.fsencode(tmp_path / "slots" / "1")}


def test_names_that_udev_gave_are_those_of_block_devices_alone(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    assert ports_of_devices(tmp_path) == {}
    assert ports_of_devices(tmp_path / "none") == {}
    if os.geteuid() != 0:
        pytest.skip("Only root can make a device node: run the tests as root to have this one too.")
    import stat

    os.mknod(tmp_path / "sdx1", stat.S_IFBLK | 0o600, os.makedev(8, 17))
    (tmp_path / "pci-0-usb-0:3:1.0-part1").symlink_to("sdx1")
    (tmp_path / "pci-0-usbv2-0:3:1.0-part1").symlink_to("sdx1")
    assert ports_of_devices(tmp_path) == {
        "8:17": ["pci-0-usb-0:3:1.0-part1", "pci-0-usbv2-0:3:1.0-part1", "sdx1"],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": [{"name": "1"}]},
        {"slots": [{"name": "1", "mount": "/a", "port": "b"}]},
        {"slots": [{"name": "1", "mount": "/a"}, {"name": "1", "mount": "/b"}]},
        {"mounts": ["media/*"]},
        {"name": "{other}"},
    ],
)
def test_settings_that_cannot_be_meant(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DockSettings.model_validate(wrong)
