"""The registers that come with the demonstration are registers like any other: they import without a word."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from api.demo.footage import plan_footage
from api.demo.registers import make_registers
from api.register.model import ImportReport
from catalog.register_columns import HeaderLanguage
