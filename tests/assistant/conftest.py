import pytest
from awkward_server import AwkwardServer


@pytest.fixture(scope="module")
def shared_server():
    """A server that speaks OpenAI's protocol and can be made to fail; one for all tests of a file."""
    with AwkwardServer() as server:
        yield server


@pytest.fixture
def server(shared_server):
    """It, as if it had just started."""
    shared_server.reset()
    return shared_server
