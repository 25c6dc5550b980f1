package import Control
import REST

/// Ports to what only a running server knows: figures of calls, output of functions, use of limits.
///
/// A command on the store's machine uses them through the server's admin API; see `asks` in `Verb`. A port is nil if
/// the server has nothing of its kind.
package struct ServerPorts: Sendable {
    /// The status of the server and of its targets' calls.
    package var status: (any StatusSource)?
    /// The output of functions that run on the server's machine.
    package var functionLogs: (any FunctionLogs)?
    /// Checks the things that the server uses, for `doctor`.
    package var examiner: (any Examiner)?
    /// The server's counts for limits.
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

/// The status of a running server and of its targets' calls.
package protocol StatusSource: Sendable {
    func status() -> ServerStatus
}

extension OperationCall where Service == Services {
    /// The ports of the server that answers.
    /// - Throws: `.unavailable` in a command's own process.
    func runningServer() throws(Problem) -> ServerPorts {
        guard let server = services.server else { throw .noServer }
        return server
    }

    /// One port of the server that answers.
    /// - Throws: `.unavailable` in a command's own process, and if the server doesn't have this port.
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
