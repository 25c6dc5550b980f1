import REST

/// What only a running server knows, one port for each kind of it: figures of calls, output of functions, use of limits.
///
/// A command on the store's machine gets at it through the server's admin API; see `Verb`'s `asks`.
package struct ServerPorts: Sendable {
    package init() {}
}

extension OperationCall where Service == Services {
    /// - Throws: `.unavailable` in a command's own process.
    func runningServer() throws(Problem) -> ServerPorts {
        guard let server = services.server else {
            throw Problem(
                .unavailable,
                "only a running server knows, and none runs on this store",
                hint: "`mcp-gateway serve` starts one"
            )
        }
        return server
    }
}
