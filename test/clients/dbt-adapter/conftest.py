"""Stands in for the conftest of dbt-spark's functional tests: a profile for the server in HIVE, and what is known to fail."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["dbt.tests.fixtures.project"]


def known_failures():
    """Parts of test names, each with the reason why the test cannot pass."""
    reason = ""
    for line in Path(os.environ["ARGAN_KNOWN_FAILURES"]).read_text().splitlines():
        if line.startswith("#"):
            reason = line.strip("# ")
        elif line.strip():
            yield line.strip(), reason


def pytest_configure(config):
    config.addinivalue_line("markers", "skip_profile(profile): of the original suite; every test is run here")


def pytest_collection_modifyitems(items):
    known = list(known_failures())
    used = set()
    for item in items:
        for part, reason in known:
            if part in item.nodeid:
                used.add(part)
                # Strict: a test that passes has to leave the list.
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    whole = len(items) > 100
    unused = [part for part, _ in known if part not in used]
    if whole and unused:
        raise pytest.UsageError(f"no test is named {unused}")


@pytest.fixture(scope="session")
def dbt_profile_target():
    host, port = os.environ["HIVE"].rsplit(":", 1)
    profile = {"type": "spark", "method": "thrift", "host": host, "port": int(port), "user": "dbt", "connect_timeout": 5, "poll_interval": 1}
    if "ARGAN_PASSWORD" in os.environ:
        profile |= {"auth": "LDAP", "password": os.environ["ARGAN_PASSWORD"]}
    return profile
