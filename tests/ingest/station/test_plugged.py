"""What is plugged in at a port and was never mounted calls for attention, once mounting has had its time."""

from collections.abc import Mapping
from pathlib import Path

from ingest.dock_settings import DockSettings, SlotSettings
from ingest.plugged import Plugged, Ports, plugged_in, unmounted
from ingest.slot_state import TroubleKind
from ingest.slots import SlotFinder

DISK = "pci-0000:00:14.0-usb-0:3:1.0-scsi-0:0:0:0"
GB = 2_000_000  # sectors


def disk(sectors: int = 64 * GB, *, part: int | None = None, **facts: bool) -> Plugged:
    return Plugged((f"{DISK}-part{part}" if part else DISK,), sectors, **facts)


def test_a_partition_that_is_mounted_is_all_there_is_to_a_disk() -> None:
    assert unmounted({"8:16": disk(), "8:17": disk(part=1)}, {"8:17"}) == {}


def test_a_disk_of_which_nothing_is_mounted() -> None:
    part = disk(part=1)
    assert unmounted({"8:16": disk(), "8:17": part}, set()) == {"8:17": part}
    assert unmounted({"8:16": disk()}, set()) == {"8:16": disk()}
    assert unmounted({"8:16": disk()}, {"8:16"}) == {}


def test_a_reader_without_a_card_and_a_table_of_partitions_hold_nothing() -> None:
    assert unmounted({"8:16": disk(0)}, set()) == {}
    assert unmounted({"8:16": disk(), "8:17": disk(part=1), "8:20": disk(2, part=4)}, {"8:17"}) == {}


def test_what_something_else_is_made_of_is_in_use() -> None:
    assert unmounted({"8:16": disk(), "8:17": disk(part=1, in_use=True)}, set()) == {}


def test_a_second_partition_counts_where_it_holds_files() -> None:
    firmware, files = disk(part=2, has_files=False), disk(part=2, has_files=True)
    assert unmounted({"8:16": disk(), "8:17": disk(part=1), "8:18": firmware}, {"8:17"}) == {}
    assert unmounted({"8:16": disk(), "8:17": disk(part=1), "8:18": files}, {"8:17"}) == {"8:18": files}


def test_what_the_kernel_and_udev_tell_is_read(tmp_path: Path) -> None:
    devices, udev = tmp_path / "block", tmp_path / "udev"
    (devices / "8:17" / "holders" / "dm-0").mkdir(parents=True)
    (devices / "8:17" / "size").write_text("124735488\n")
    udev.mkdir()
    (udev / "b8:17").write_text("E:ID_FS_TYPE=vfat\nE:ID_FS_USAGE=filesystem\n")
    found = plugged_in({"8:17": [DISK], "8:33": ["gone"]}, devices=devices, udev=udev)
    assert found["8:17"] == Plugged((DISK,), 124_735_488, in_use=True, has_files=True)
    assert found["8:33"] == Plugged(("gone",), 0)


class Machine:
    """What is plugged in and mounted on a machine, as the kernel's tables have it."""

    def __init__(self, folder: Path) -> None:
        self.now, self.devices = 0.0, dict[str, Plugged]()
        self.table = folder / "mountinfo"
        self.table.write_bytes(b"")
        settings = DockSettings(slots=(SlotSettings(name="3", port="*usb-0:3:*"),), ports=("*-usb-*",))
        self.finder = SlotFinder(
            settings, (), mounts=self.table, ports=self._ports, plugged=self._plugged, seconds=lambda: self.now
        )

    def _ports(self) -> Ports:
        return {device: each.names for device, each in self.devices.items()}

    def _plugged(self, ports: Ports) -> Mapping[str, Plugged]:
        return {device: self.devices[device] for device in ports}

    def shows(self, seconds: float) -> str | None:
        self.now = seconds
        places = self.finder.look()
        trouble = self.finder.trouble("3")
        assert places["3"] is None or trouble is None
        if trouble is not None:
            assert trouble.kind is TroubleKind.NOT_MOUNTED
        return trouble.sentence if trouble else None


def test_a_card_that_the_system_cannot_mount_is_told_of_at_its_slot(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.shows(0) is None
    machine.devices = {"8:16": disk(), "8:17": disk(part=1)}
    assert machine.shows(1) is None
    assert machine.shows(20.9) is None  # it is just being mounted
    assert f"the system has not mounted it ({DISK}-part1, 65.5 GB)" in (machine.shows(21) or "")
    machine.table.write_bytes(b"40 27 8:17 / /media/card rw - vfat /dev/sdb1 rw\n")
    assert machine.shows(22) is None
    machine.table.write_bytes(b"")
    assert machine.shows(23) is None  # ejected: for the time that mounting takes it may be on its way again
    machine.devices = {}
    assert machine.shows(60) is None


def test_what_is_plugged_in_elsewhere_is_nobodys_slot(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.devices = {"259:0": Plugged(("pci-0000:01:00.0-nvme-1",), 500 * GB)}
    machine.shows(0)
    assert machine.shows(100) is None
    assert list(machine.finder.look()) == ["3"]


def test_a_port_of_a_pattern_becomes_a_slot_for_what_is_not_mounted(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.devices = {"8:32": Plugged(("pci-0000:00:14.0-usb-0:5:1.0-scsi-0:0:0:0",), 64 * GB)}
    machine.shows(0)
    machine.shows(30)
    name = "pci-0000:00:14.0-usb-0:5:1.0"
    assert machine.finder.look()[name] is None
    assert machine.finder.trouble(name) is not None
