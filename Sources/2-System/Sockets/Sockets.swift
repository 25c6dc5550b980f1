// Sockets: one connected stream socket, plain or TLS, as both ends of the hot path use it; questions between processes.
//
//   Depends on   CLinux, COpenSSL, EventLoop
//   Used by      HTTPServer, HTTPClient; Store, for questions to running servers; Server and AdminCLI load certificates
//   Start at     StreamSocket; LocalListener, LocalQuestion; TLSContext.server(certificateFile:keyFile:)
//
//   TLS/         OpenSSL 3 over a descriptor that somebody else owns and polls; TLS 1.2 and later, server and client
//
// OpenSSL writes with write(2), so the process must ignore SIGPIPE.
