"""What `zhilu doctor` looks at. "Could not check" is never "in order": it is a state of its own."""

from api.checks.model import Check, CheckState
from api.checks.run import run_checks

__all__ = ["Check", "CheckState", "run_checks"]
