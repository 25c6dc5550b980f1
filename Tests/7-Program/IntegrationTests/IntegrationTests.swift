// IntegrationTests: the built binary as its users meet it, with real clients, functions and signals.
//
//   Depends on   the mcp-gateway executable, .venv (scripts/setup makes it), curl, openssl, promtool
//   Start at     Harness/Workspace.swift, which starts gateways; then any suite
//
// Nothing sleeps: a test waits for what it needs, and gives up after a deadline that a busy machine can keep.
// A program that is missing fails the test with the command that installs it.
