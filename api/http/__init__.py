"""The page and its JSON, over HTTP on loopback. Reading only: GET and HEAD, every look a custody event."""

from api.http.app import create_app

__all__ = ["create_app"]
