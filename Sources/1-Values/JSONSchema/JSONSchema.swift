// JSONSchema: reads a JSON Schema and resolves its references, as clients do when they compile one. No I/O.
//
//   Depends on   Bytes, JSON
//   Used by      MCP, which lists only output schemas that clients can compile; discovery, which converts input schemas
//   Start at     Schema.init(reading:), then SchemaReader; for patterns ECMAScriptPattern
//
//   Conversion/  draft 4 and OpenAPI 3 to what clients read: SchemaConversion.inputSchema
//
// What is refused here is what a client would refuse: Ajv, with which TypeScript clients compile each output schema
// while they list, is the strictest known.
