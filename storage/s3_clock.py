"""The clock of an S3 server, from the Date that every HTTP answer carries (RFC 9110, section 6.6.1)."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import urllib3

from storage.s3_client import CHECKING, translated
from storage.s3_settings import S3Settings
from storage.s3_transport import trusting


def server_time(settings: S3Settings) -> datetime | None:
    """What the server's clock says, in full seconds; None where it does not tell.

    Asked without a key, so that a wrong one is no obstacle. Raises StoreUnavailable, StoreMisconfigured.
    """
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CHECKING.connect_s, read=CHECKING.read_s),
        ssl_context=trusting(settings.ca_file) if settings.secure else None,
        retries=False,
    )
    with translated(settings.endpoint), http:
        answer = http.request("HEAD", f"{'https' if settings.secure else 'http'}://{settings.endpoint}/")
    try:
        said = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return said if said.tzinfo is not None else None
