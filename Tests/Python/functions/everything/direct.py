"""Hands one JSON-RPC message to the server, as its transports do, and what it tells before its answer to a function."""

import asyncio
import logging
from dataclasses import dataclass, field

from mcp import types
from mcp.server.connection import Connection
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.transport_context import TransportContext
from server import server

VERSION = "2026-07-28"
PREFIX = "io.modelcontextprotocol/"

logging.getLogger("mcp").setLevel(logging.ERROR)


@dataclass
class Exchange:
    """One request, as the SDK sees it. Source: mcp.shared.dispatcher.DispatchContext."""

    request_id: str | int
    progress_token: str | int | None
    tell: object
    transport: TransportContext = field(default_factory=lambda: TransportContext(kind="lambda", can_send_request=False))
    message_metadata: None = None
    can_send_request: bool = False
    cancel_requested: asyncio.Event = field(default_factory=asyncio.Event)

    async def send_raw_request(self, method, params, opts=None):
        raise NoBackChannelError(method)

    async def notify(self, method, params, opts=None):
        message = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = dict(params)
        self.tell(message)

    async def progress(self, progress, total=None, message=None):
        if self.progress_token is None:
            return
        params = {"progressToken": self.progress_token, "progress": progress}
        params |= {key: value for key, value in (("total", total), ("message", message)) if value is not None}
        await self.notify("notifications/progress", params)


async def answer(message, tell=lambda message: None):
    """The response. No message of the contract names a version, so this server speaks the newest."""
    params = dict(message.get("params") or {})
    meta = {PREFIX + "clientCapabilities": {}, **(params.get("_meta") or {}), PREFIX + "protocolVersion": VERSION}
    params["_meta"] = meta
    exchange = Exchange(message["id"], meta.get("progressToken"), tell)
    connection = Connection.from_envelope(VERSION, meta.get(PREFIX + "clientInfo"), meta[PREFIX + "clientCapabilities"])
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    try:
        served = serve_one(server, exchange, message["method"], params, connection=connection, lifespan_state={})
        return reply | {"result": await served}
    except Exception as fault:
        error: types.ErrorData = modern_error_data(fault)
        return reply | {"error": error.model_dump(mode="json", exclude_none=True)}
