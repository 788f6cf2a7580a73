"""The command line: a contract of commands, JSON keys and exit codes."""

from api.cli.main import main

__all__ = ["main"]
