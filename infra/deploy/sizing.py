# ruff: noqa: INP001, T201 - a program that prints
"""How much disk, line and processor a number of cameras needs: the tables of sizing.md, or of your own figures.

    python infra/deploy/sizing.py                                 the tables of sizing.md
    python infra/deploy/sizing.py --cameras 120 --hours 6 --mbit 6

Standard library alone, so that it runs before anything is bought. TB and GB are 10^12 and 10^9 bytes.
"""

import argparse
from dataclasses import dataclass

TB, GB = 10**12, 10**9
DAY_SECONDS = 86_400

# Measured (sizing.md says where and how).
AUTO_CORE_SECONDS = 0.025  # a second of video that browsers play as it is: description, poster, storyboard, fingerprint
ALWAYS_CORE_SECONDS = 0.40  # a second of 1080p re-encoded as well
ROWS_BYTES = 8_100  # in PostgreSQL, a recording with its jobs, custody, derivatives, indexes
FINGERPRINT_BYTES = 45  # and a second of video
SECURING_BYTES = 231 * 1024 * 1024  # a second, one process, to a store on the same two cores

# Chosen.
SEGMENT_SECONDS = 600  # cameras cut what they record into files: shorter ones mean more rows
CODED, REPLICATED = 1.5, 3.0  # 4+2 erasure coding, three copies
FILLED = 0.7  # Ceph wants room to heal
HALF_YEAR, THREE_YEARS = 183, 1096
LINE_BYTES = {"1 Gbit/s": 110_000_000, "10 Gbit/s": 1_100_000_000}  # what is left of a line for contents


@dataclass(frozen=True)
class Fleet:
    cameras: int
    hours: float
    mbit: float

    @property
    def video_seconds(self) -> float:
        """Of a day."""
        return self.cameras * self.hours * 3600

    @property
    def day_bytes(self) -> float:
        return self.video_seconds * self.mbit * 1_000_000 / 8

    def disks(self, days: int, factor: float) -> float:
        """Bytes of raw disk for that many days, with room to heal."""
        return self.day_bytes * days * factor / FILLED

    def window_hours(self, rate: float) -> float:
        """How long all of a day takes at `rate` bytes a second."""
        return self.day_bytes / rate / 3600

    def cores(self, core_seconds: float) -> float:
        """Processor threads that must be busy all day long to keep up."""
        return self.video_seconds * core_seconds / DAY_SECONDS

    @property
    def catalog_bytes(self) -> float:
        """Added to PostgreSQL a day."""
        return self.video_seconds / SEGMENT_SECONDS * ROWS_BYTES + self.video_seconds * FINGERPRINT_BYTES


STANDARD = [
    Fleet(cameras, hours, mbit)
    for cameras in (10, 50, 200, 1000)
    for hours, mbit in ((4.0, 4.0), (8.0, 4.0), (8.0, 8.0))
]


def storage_table(fleets: list[Fleet]) -> str:
    lines = [_head("TB a day", "6 months, 4+2", "6 months, 3 copies", "3 years, 4+2", "3 years, 3 copies")]
    for fleet in fleets:
        kept = [fleet.disks(days, factor) for days in (HALF_YEAR, THREE_YEARS) for factor in (CODED, REPLICATED)]
        cells = [_number(fleet.day_bytes / TB), *(_number(value / TB) for value in kept)]
        lines.append(f"| {_fleet(fleet)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def work_table(fleets: list[Fleet]) -> str:
    lines = [
        _head(
            *(f"h at {line}" for line in LINE_BYTES), "h by one dock", "cores, `auto`", "cores, `always`", "GB a year"
        )
    ]
    for fleet in fleets:
        values = [
            *(fleet.window_hours(rate) for rate in LINE_BYTES.values()),
            fleet.window_hours(SECURING_BYTES),
            fleet.cores(AUTO_CORE_SECONDS),
            fleet.cores(ALWAYS_CORE_SECONDS),
            fleet.catalog_bytes * 365 / GB,
        ]
        lines.append(f"| {_fleet(fleet)} | {' | '.join(_number(value) for value in values)} |")
    return "\n".join(lines)


def _head(*names: str) -> str:
    columns = ["cameras", "hours", "Mbit/s", *names]
    return f"| {' | '.join(columns)} |\n|{'--:|' * len(columns)}"


def _fleet(fleet: Fleet) -> str:
    return f"{fleet.cameras:,} | {fleet.hours:g} | {fleet.mbit:g}"


def _number(value: float) -> str:
    """Two digits that count."""
    for limit, digits in ((0.1, 3), (1, 2), (10, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cameras", type=int)
    parser.add_argument("--hours", type=float, default=8.0, help="a day and camera")
    parser.add_argument("--mbit", type=float, default=6.0, help="Mbit/s of one camera")
    given = parser.parse_args()
    fleets = [Fleet(given.cameras, given.hours, given.mbit)] if given.cameras else STANDARD
    print(storage_table(fleets), work_table(fleets), sep="\n\n")


if __name__ == "__main__":
    main()
