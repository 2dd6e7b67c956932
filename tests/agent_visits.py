"""What the tests of the agent's visits share: shops that nobody has read yet, and a shop that is down."""

from agent_world import credentials
from regulars_agent import Workspace, connect_shop
from regulars_sandbox import Response, RunningServer

DOWN = Response(503, (("Content-Type", "text/html"),), b"<html>Maintenance</html>")


def connect(workspace: Workspace, name: str, server: RunningServer) -> None:
    """Connect a shop; nothing is read."""
    assert server.certificate is not None
    bundle = workspace.settings.directory / f"{name}.pem"
    bundle.write_bytes(server.certificate.read_bytes())
    connect_shop(
        workspace,
        platform="woocommerce",
        name=name,
        url=server.url,
        options={"certificates": bundle.name},
        credentials=credentials(),
    )
