// Gateway: the life of one agent request, from authentication to the answer. Ports at its edges, no sockets, no SQL.
//
//   Depends on   HTTP, MCP, JSON, Contracts, Policy, Telemetry (values); Crypto (hashes); EventLoop (cancellation)
//   Used by      Server, which plugs the Lambda client into `Upstream` and publishes a `GatewayState` to every loop
//   Start at     AgentEndpoint.serve(_:for:), then Admission, then ToolCall in Call/; StreamHub for open streams
