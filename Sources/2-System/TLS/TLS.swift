// TLS: OpenSSL 3 over a descriptor that somebody else owns and polls; TLS 1.2 and later, server and client.
//
//   Depends on   COpenSSL
//   Used by      HTTPServer, HTTPClient; Server and AdminCLI load the certificates
//   Start at     TLSContext.server(certificateFile:keyFile:), TLSSession.handshake(), TLSContextBox
//
// OpenSSL writes with write(2), so the process must ignore SIGPIPE.
