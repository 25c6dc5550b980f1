// Sockets: one connected stream socket, plain or TLS, as both ends of the hot path use it.
//
//   Depends on   CLinux, EventLoop, TLS
//   Used by      HTTPServer, HTTPClient
//   Start at     StreamSocket
