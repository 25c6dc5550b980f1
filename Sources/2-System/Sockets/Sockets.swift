// Sockets: one connected stream socket, plain or TLS, as both ends of the hot path use it; questions between processes.
//
//   Depends on   CLinux, EventLoop, TLS
//   Used by      HTTPServer, HTTPClient; Store, for questions to running servers
//   Start at     StreamSocket; LocalListener, LocalQuestion
