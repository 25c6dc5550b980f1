// LocalLambda: AWS Lambda on this machine: the Invoke API for clients, the Runtime API for functions' processes.
//
//   Depends on   Bytes, JSON, HTTP, EventLoop, HTTPServer, System, Crypto, SigV4
//   Used by      Server (`serve --local`, `lambda serve`)
//   Start at     LocalLambda, then LambdaAPI (a request comes in), FunctionPool, FunctionProcess
//
//   Model/       the protocol's values, without I/O: names, requests, refusals, failures, logs, a process's life

package import Bytes
import Crypto
package import EventLoop
package import HTTPServer

/// A Lambda endpoint for functions that run as processes on this machine.
///
/// Clients of the real service work with it unchanged, and so do functions that use a real Lambda runtime such as
/// awslambdaric. Two things differ on purpose: memory is reported but not limited, and idle processes are not frozen.
/// The methods may be called from any task; everything else runs on the loop's thread. End that thread only after
/// `stop()`, because child processes die with the thread that started them.
package final class LocalLambda: @unchecked Sendable {  // mutable state is used only on the loop's thread
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
        /// The pauses before each retry of a failed asynchronous invocation.
        package var retryDelays = [Duration.seconds(60), .seconds(120)]

        package init() {}
    }

    package let configuration: Configuration
    private let loop: EventLoop
    private let onLog: @Sendable (FunctionLogLine) -> Void
    private var definitions: [FunctionDefinition]
    private var pools: [String: FunctionPool] = [:]
    /// Pools of functions that were changed or removed and still have processes.
    private var retired: [FunctionPool] = []
    /// The last lines of each log, by the log's name.
    private var logs: [String: FunctionLog] = [:]
    private var beforeCalls: () -> Void = {}
    private var server: HTTPServer?
    private var modifiedMs: Int64 = 0

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
        self.onLog = onLog
        definitions = functions
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
        let server = HTTPServer(configuration: listening, loops: [loop]) { [self] _ in
            LambdaAPI(lambda: self)
        }
        await onLoop { $0.install($0.definitions) }
        do throws(HTTPServerError) {
            let port = try await server.start()
            await onLoop { $0.server = server }
            return port
        } catch {
            throw LocalLambdaError(faults: ["\(error)"])
        }
    }

    /// Stops listening, kills every process with its process group, and returns when none is left. Running calls get a
    /// 500.
    package func stop() async {
        await onLoop { lambda in
            let pools = lambda.pools.values + lambda.retired
            lambda.pools = [:]
            for pool in pools { await pool.stop() }
            lambda.retired = []
            await lambda.server?.stop()
            lambda.server = nil
        }
    }

    /// Serves these functions from now on. Processes of unchanged functions stay; running calls finish.
    /// - Throws: `LocalLambdaError` with every fault; in that case nothing changes.
    package func replaceFunctions(_ functions: [FunctionDefinition]) async throws(LocalLambdaError) {
        try Self.check(functions)
        await onLoop { $0.install(functions) }
    }

    /// Runs `body` on the loop's thread, where it needs no lock against concurrent calls.
    package func onOwnLoop<T: Sendable>(
        _ body: @escaping @Sendable (EventLoop) throws -> T
    ) async throws -> T {
        let loop = loop
        return try await loop.run { try body(loop) }
    }

    /// Calls `look` on the loop's thread before each invocation is given to a process; `look` may call `renew` first.
    package func beforeEachCall(_ look: @escaping @Sendable () -> Void) async {
        await onLoop { $0.beforeCalls = look }
    }

    /// Starts new processes for all further invocations of functions with this code folder, or of all functions if it
    /// is nil; running invocations finish in their processes. Loop thread only.
    package func renew(inFolder folder: String? = nil) {
        loop.assertCurrent()
        for pool in pools.values where folder == nil || pool.function.directory == folder { pool.renew() }
    }

    /// The last lines of a function's log, including those of other functions with the same log.
    /// - Parameters:
    ///   - number: the number of the last line that the reader already has; 0 for none.
    ///   - countMax: the most lines to return.
    /// - Returns: nil when the function doesn't exist.
    package func log(of function: String, after number: Int, countMax: Int) async -> FunctionLog.Page? {
        await onLoop { lambda in
            guard let pool = lambda.pools[function] else { return nil }
            return (lambda.logs[pool.function.log] ?? FunctionLog()).page(after: number, countMax: countMax)
        }
    }

    /// The number of existing processes of all functions.
    package func processCount() async -> Int {
        await onLoop { lambda in
            (lambda.pools.values + lambda.retired).reduce(0) { $0 + $1.processCount }
        }
    }

    private static func check(_ functions: [FunctionDefinition]) throws(LocalLambdaError) {
        var faults = functions.flatMap { $0.faults }
        var names: Set<String> = []
        for function in functions where !names.insert(function.name).inserted {
            faults.append("function \(function.name) is defined twice; rename one")
        }
        if !faults.isEmpty { throw LocalLambdaError(faults: faults) }
    }

    private func install(_ functions: [FunctionDefinition]) {
        loop.assertCurrent()
        modifiedMs = loop.wallMs
        retired.removeAll { $0.processCount == 0 }
        let previous = exchange(&pools, with: [:])
        for function in functions {
            let kept = previous[function.name].flatMap { $0.function == function ? $0 : nil }
            pools[function.name] =
                kept
                ?? FunctionPool(function: function, settings: configuration, loop: loop) { [weak self] in
                    self?.wrote($0)
                }
        }
        let kept = Set(pools.values.map { $0.function.log })
        logs = logs.filter { kept.contains($0.key) }
        for (name, pool) in previous where pools[name] !== pool {
            pool.retireWhenIdle()
            retired.append(pool)
        }
        definitions = functions.sorted { $0.name < $1.name }
    }

    private func wrote(_ line: FunctionLogLine) {
        let log = pools[line.function]?.function.log ?? line.function
        logs[log, default: FunctionLog()].add(line)
        onLog(line)
    }

    private func onLoop<T: Sendable>(_ body: @escaping @Sendable (LocalLambda) async -> T) async -> T {
        await Task(executorPreference: loop) { await body(self) }.value
    }
}

extension LocalLambda {
    // MARK: For LambdaAPI, loop thread

    /// The functions, ordered by name.
    var functions: [FunctionDefinition] { definitions }

    var wallMs: Int64 { loop.wallMs }

    func lookForChanges() { beforeCalls() }

    func pool(named name: String) -> FunctionPool? { pools[name] }

    /// - Parameters:
    ///   - region: the region for which the request is signed.
    ///   - account: the account of the ARN; nil for this endpoint's.
    func arn(of name: String, qualifier: String?, in region: String, account: String? = nil) -> String {
        let suffix = qualifier.map { ":\($0)" } ?? ""
        let account = account ?? configuration.accountID
        return "arn:\(Self.partition(of: region)):lambda:\(region):\(account):function:\(name)\(suffix)"
    }

    /// Source: AWS General Reference, "Amazon Resource Names"
    private static func partition(of region: String) -> String {
        let partitions = [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")]
        return partitions.first { region.hasPrefix($0.0) }?.1 ?? "aws"
    }

    func description(of function: FunctionDefinition, arn: String) -> FunctionDescription {
        FunctionDescription(
            function: function,
            arn: arn,
            role:
                "arn:\(Self.partition(of: configuration.region)):iam::\(configuration.accountID):role/local-lambda",
            modifiedMs: modifiedMs
        )
    }
}

/// Why the local Lambda can't start or change its functions: all reasons at once, each naming the function and the
/// setting.
package struct LocalLambdaError: Error, Equatable, CustomStringConvertible {
    package let faults: [String]

    package var description: String { faults.joined(separator: "\n") }
}
