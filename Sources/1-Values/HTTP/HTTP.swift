// HTTP: requests, responses and their heads as values; strict HTTP/1.1 parsing and writing.
//
//   Depends on   Bytes
//   Used by      HTTPServer, HTTPClient, MCP, Gateway, Server
//   Start at     Request, Response, RequestParser
