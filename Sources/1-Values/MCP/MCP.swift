// MCP: the protocol as values. Messages are read in place, answers are written into a buffer; nothing
// is remembered.
//
//   Depends on   Bytes, JSON, JSONSchema, HTTP, Text
//   Used by      Gateway, Control, Contracts, Server
//   Start at     Inbound.classify(_:), then RPCMessage; for answers RPCWriter, ListWriter,
//                ToolResultWriter
//
// Two eras share one endpoint. A *modern* request (2026-07-28) carries its version in `params._meta` and
// mirrors it in headers; a *legacy* one (2025-03-26 to 2025-11-25) follows an `initialize` handshake.
// `Inbound` tells them apart by the body and cross-checks the headers, so that a client probing for the era
// gets the answer it can act on.
