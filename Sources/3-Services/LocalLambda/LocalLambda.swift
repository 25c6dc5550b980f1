// LocalLambda: AWS Lambda on this machine: the Invoke API for clients, the Runtime API for functions' processes.
//
//   Depends on   Bytes, JSON, HTTP, EventLoop, HTTPServer, System, Crypto, SigV4
//   Used by      Server (`serve --local`, `lambda serve`)
//   Start at     LocalLambda, then LambdaAPI (a request comes in), ServedFunctions, FunctionPool, FunctionProcess
//
//   Model/       the protocol's values, without I/O: names, requests, refusals, failures, logs, a process's life

package import Bytes
import Crypto
package import EventLoop
package import HTTPServer
import Synchronization

/// A Lambda endpoint for functions that run as processes on this machine.
///
/// Clients of the real service work against it unchanged, and so do functions that use a real Lambda runtime such as
/// awslambdaric. Two things differ on purpose: memory is reported and not limited, and idle processes are not frozen.
/// The methods may be called from any task; everything else happens on the loop's thread, which ends with the process
/// only after `stop()`, as children die with the thread that started them.
package final class LocalLambda: Sendable {
    package struct Configuration: Sendable {
        /// A numeric address; loopback unless the network is trusted.
        package var host = "127.0.0.1"
        /// 0 lets the system choose.
        package var port = 9001
        /// The region passed to functions; requests may be signed for any region.
        package var region = "us-east-1"
        /// Twelve digits.
        package var accountID = "000000000000"
        /// The secret keys by access key id; requests signed with any other key are refused.
        package var credentials: [String: Secret] = [:]
        /// The search path for commands without `/`, for functions that set no PATH of their own.
        package var searchPath = "/usr/local/bin:/usr/bin:/bin"
        /// The memory that all connections together may use for buffers; a body must be read whole before it can be
        /// refused, because its signature covers all of it.
        package var buffers = BufferBudget(bytesMax: 128 * 1024 * 1024)
        /// How long a process may take to ask for its first event, in addition to the function's own timeout.
        package var initDuration = Duration.seconds(10)
        /// How long a process without an invocation is kept.
        package var idleDuration = Duration.seconds(600)
        /// The most bytes that a function may stream in one answer.
        package var streamBytesMax = FunctionError.streamBytesMax
        /// The pauses before each retry of a failed asynchronous invocation.
        package var retryDelays = [Duration.seconds(60), .seconds(120)]

        package init() {}
    }

    package let configuration: Configuration
    private let loop: EventLoop
    /// As they were given; later ones are the loop's alone.
    private let definitions: [FunctionDefinition]
    private let functions: LoopBound<ServedFunctions>
    private let server = Locked<HTTPServer?>(nil)

    /// The definitions are checked by `start`. `loop` must be running, and should serve nothing else, because starting
    /// a process blocks it for about a millisecond. `onLog` gets every line that functions write, on the loop's
    /// thread.
    package init(
        functions: [FunctionDefinition],
        configuration: Configuration,
        loop: EventLoop,
        onLog: @escaping @Sendable (FunctionLogLine) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.loop = loop
        definitions = functions
        self.functions = LoopBound(
            handing: ServedFunctions(configuration, loop: loop, onLog: onLog),
            to: loop
        )
    }

    /// Starts to listen. A process is started only when its function is invoked.
    /// - Returns: the port.
    /// - Throws: `LocalLambdaError` with every fault of the definitions, or with the address that is taken.
    package func start() async throws(LocalLambdaError) -> Int {
        try Self.check(definitions)
        var listening = ServerConfiguration(host: configuration.host, port: configuration.port)
        listening.headBytesMax = 64 * 1024
        // Above Lambda's limit, so that AWS's own error answers a body that is too large.
        listening.bodyBytesMax = 16 * 1024 * 1024
        listening.budget = configuration.buffers
        let server = HTTPServer(configuration: listening, loops: [loop]) { [functions] _ in
            LambdaAPI(functions.value)
        }
        let definitions = definitions
        await functions.run { $0.install(definitions) }
        do throws(HTTPServerError) {
            let port = try await server.start()
            self.server.withLock { $0 = server }
            return port
        } catch {
            throw LocalLambdaError(faults: ["\(error)"])
        }
    }

    /// Stops listening, kills every process with its process group, and returns when none is left. Running calls get a
    /// 500.
    package func stop() async {
        await functions.run { await $0.stop() }
        await server.withLock { exchange(&$0, with: nil) }?.stop()
    }

    /// Serves these functions from now on. Processes of unchanged functions stay; running calls finish.
    /// - Throws: `LocalLambdaError` with every fault; in that case nothing changes.
    package func replaceFunctions(_ functions: [FunctionDefinition]) async throws(LocalLambdaError) {
        try Self.check(functions)
        await self.functions.run { $0.install(functions) }
    }

    /// Calls `look` on the loop's thread before each invocation is given to a process; `look` may call `renew` first.
    package func beforeEachCall(_ look: @escaping @Sendable () -> Void) async {
        await functions.run { $0.lookForChanges = look }
    }

    /// Starts new processes for all further invocations of functions with this code folder, or of all functions if it
    /// is nil; running invocations finish in their processes. Loop thread only.
    package func renew(inFolder folder: String? = nil) { functions.value.renew(inFolder: folder) }

    /// The last lines of a function's log, including those of other functions with the same log.
    /// - Parameters:
    ///   - number: the number of the last line that the reader already has; 0 for none.
    ///   - countMax: the most lines to return.
    /// - Returns: nil when the function doesn't exist.
    package func log(of function: String, after number: Int, countMax: Int) async -> FunctionLog.Page? {
        await functions.run { $0.log(of: function, after: number, countMax: countMax) }
    }

    /// The number of existing processes of all functions.
    package func processCount() async -> Int { await functions.run { $0.processCount } }

    private static func check(_ functions: [FunctionDefinition]) throws(LocalLambdaError) {
        var faults = functions.flatMap { $0.faults }
        var names: Set<String> = []
        for function in functions where !names.insert(function.name).inserted {
            faults.append("function \(function.name) is defined twice; rename one")
        }
        if !faults.isEmpty { throw LocalLambdaError(faults: faults) }
    }
}

/// Why the local Lambda can't start or change its functions: all reasons at once, each naming the function and the
/// setting.
package struct LocalLambdaError: Error, Equatable, CustomStringConvertible {
    package let faults: [String]

    package var description: String { faults.joined(separator: "\n") }
}
