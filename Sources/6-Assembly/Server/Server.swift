// Server: one running gateway. Connects the store, the loops, the Lambda clients and the listeners, and ends them.
//
//   Depends on   everything below
//   Used by      mcp-gateway
//   Start at     ServeCommand.run(_:local:), then GatewayServer, then Assembly: the list of services
