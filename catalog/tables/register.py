"""The register: who and what there is. Filled by `zhilu register import`."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, UniqueConstraint

from catalog.tables.base import Row, one_of, optional_time_field, state_field, time_field


class AgencyLevel(StrEnum):
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"


class Agency(Row, table=True):
    """A body in the tree prefecture > county > township (执法机关)."""

    __tablename__ = "agency"
    __table_args__ = (one_of("level", AgencyLevel),)
    code: str = Field(unique=True)
    name: str
    level: AgencyLevel = state_field(AgencyLevel)
    parent_id: UUID | None = Field(default=None, foreign_key="agency.id", index=True)


class Officer(Row, table=True):
    """A person with a certificate number (执法人员); `device_code` is the short code that cameras write."""

    __tablename__ = "officer"
    certificate_number: str = Field(unique=True)
    name: str
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    device_code: str | None = Field(default=None, index=True)


class Device(Row, table=True):
    """A body-worn camera, by serial (执法记录仪)."""

    __tablename__ = "device"
    serial: str = Field(unique=True)
    model: str | None = None
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id", index=True)


class Assignment(Row, table=True):
    """Who carried a device, from when until when (open end: until further notice)."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("device_id", "officer_id", "starts_at"),)
    device_id: UUID = Field(foreign_key="device.id", index=True)
    officer_id: UUID = Field(foreign_key="officer.id", index=True)
    starts_at: datetime = time_field()
    ends_at: datetime | None = optional_time_field()


class Station(Row, table=True):
    """A docking station (采集站)."""

    __tablename__ = "station"
    name: str = Field(unique=True)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")


class Slot(Row, table=True):
    """One port of a docking station (接口)."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("station_id", "name"),)
    station_id: UUID = Field(foreign_key="station.id")
    name: str
