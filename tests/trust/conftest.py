from collections.abc import Iterator

import pytest
from trust.pgp import Pgp, opened


@pytest.fixture(scope="session")
def pgp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pgp]:
    with opened(tmp_path_factory.mktemp("g")) as gpg:
        yield gpg


@pytest.fixture(scope="session")
def alice(pgp: Pgp) -> str:
    return pgp.make("alice")


@pytest.fixture(scope="session")
def bob(pgp: Pgp) -> str:
    return pgp.make("bob")
