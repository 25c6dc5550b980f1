"""An MCP server in AWS's own library that wants a session for everything: its store of them is in memory, and can be emptied."""

import uuid

from awslabs.mcp_lambda_handler import MCPLambdaHandler
from awslabs.mcp_lambda_handler.session import SessionStore


class MemoryStore(SessionStore):
    def __init__(self):
        self.sessions = {}

    def create_session(self, session_data=None):
        name = str(uuid.uuid4())
        self.sessions[name] = session_data or {}
        return name

    def get_session(self, session_id):
        return self.sessions.get(session_id)

    def update_session(self, session_id, session_data):
        self.sessions[session_id] = session_data
        return True

    def delete_session(self, session_id):
        return self.sessions.pop(session_id, None) is not None


store = MemoryStore()
server = MCPLambdaHandler(name="sums", version="1.0.0", session_store=store)


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """A failure inside the tool."""
    raise ValueError("the tool says no")


@server.tool()
def count() -> int:
    """How many calls of this session asked before."""
    session = server.get_session()
    before = session.get("count", 0)
    server.set_session({**session.raw(), "count": before + 1})
    return before


@server.tool()
def forget() -> str:
    """Ends all sessions."""
    store.sessions.clear()
    return "forgotten"


def handler(event, context):
    return server.handle_request(event, context)
