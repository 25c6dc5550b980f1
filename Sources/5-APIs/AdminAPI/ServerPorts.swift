package import Control
import REST

/// What only a running server knows, one port for each kind of it: figures of calls, output of functions, use of limits.
///
/// A command on the store's machine gets at it through the server's admin API; see `Verb`'s `asks`. A port is nil where the
/// server has nothing of the kind.
package struct ServerPorts: Sendable {
    /// How the server is, and how calls of its targets go.
    package var status: (any StatusSource)?
    /// What functions of this machine wrote.
    package var functionLogs: (any FunctionLogs)?
    /// Looks at what the server uses, for `doctor`.
    package var examiner: (any Examiner)?
    /// What it counts for limits.
    package var limitUse: (any LimitUse)?

    package init(
        status: (any StatusSource)? = nil,
        functionLogs: (any FunctionLogs)? = nil,
        examiner: (any Examiner)? = nil,
        limitUse: (any LimitUse)? = nil
    ) {
        self.status = status
        self.functionLogs = functionLogs
        self.examiner = examiner
        self.limitUse = limitUse
    }
}

/// How a running server is, and how calls of its targets go.
package protocol StatusSource: Sendable {
    func status() -> ServerStatus
}

extension OperationCall where Service == Services {
    /// What the server that answers knows.
    /// - Throws: `.unavailable` in a command's own process.
    func runningServer() throws(Problem) -> ServerPorts {
        guard let server = services.server else { throw .noServer }
        return server
    }

    /// One port of it.
    /// - Throws: the same where the server has none.
    func server<Port>(_ port: KeyPath<ServerPorts, Port?>) throws(Problem) -> Port {
        guard let port = try runningServer()[keyPath: port] else { throw .noServer }
        return port
    }
}

extension Problem {
    fileprivate static let noServer = Problem(
        .unavailable,
        "only a running server knows, and none runs on this store",
        hint: "`mcp-gateway serve` starts one"
    )
}
