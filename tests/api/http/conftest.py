from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http import create_app


@pytest.fixture
def client(archive: Any) -> TestClient:
    return TestClient(create_app(archive.runtime), base_url="http://127.0.0.1:8321", follow_redirects=False)
