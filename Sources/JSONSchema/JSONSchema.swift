// JSONSchema: reads a JSON Schema and resolves its references, as clients do when they compile one. No I/O.
//
//   Depends on   Bytes, JSON
//   Used by      MCP, which lists only schemas that clients can compile
