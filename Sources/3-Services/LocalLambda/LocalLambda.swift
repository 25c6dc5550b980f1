// LocalLambda: AWS Lambda on this machine: the Invoke API outward, the Runtime API inward, processes between them.
//
//   Depends on   Bytes, JSON, HTTP, EventLoop, HTTPServer, System, Crypto, SigV4
//   Used by      Server (`serve --local`, `lambda serve`)
//   Start at     LocalLambda, then LambdaAPI (a request comes in), ServedFunctions, FunctionPool, FunctionProcess
//
//   Model/       Lambda's side of the wire as values, without I/O: names, requests, refusals, failures, logs, a process's life

package import Bytes
import Crypto
package import EventLoop
package import HTTPServer
import Synchronization

/// A Lambda endpoint for functions that run as processes of this machine.
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
        /// What functions are told; requests may be signed for any.
        package var region = "us-east-1"
        /// Twelve digits.
        package var accountID = "000000000000"
        /// By access key id; requests signed with any other are refused.
        package var credentials: [String: Secret] = [:]
        /// Where commands without `/` are looked for, for functions that set no PATH of their own.
        package var searchPath = "/usr/local/bin:/usr/bin:/bin"
        /// What its connections may keep in memory together: a body can't be refused before it is whole, as its
        /// signature is over all of it.
        package var buffers = BufferBudget(bytesMax: 128 * 1024 * 1024)
        /// How long a process may take to ask for its first event, besides the function's own timeout.
        package var initDuration = Duration.seconds(10)
        /// How long a process without work is kept.
        package var idleDuration = Duration.seconds(600)
        /// The pauses before an asynchronous invocation that failed is tried again.
        package var retryDelays = [Duration.seconds(60), .seconds(120)]

        package init() {}
    }

    package let configuration: Configuration
    private let loop: EventLoop
    /// As they were given; later ones are the loop's alone.
    private let definitions: [FunctionDefinition]
    private let functions: LoopBound<ServedFunctions>
    private let server = Locked<HTTPServer?>(nil)

    /// The definitions are checked by `start`. `loop` is running, and best serves nothing else, as starting a process
    /// blocks it for about a millisecond. `onLog` gets every line that functions write, on the loop's thread.
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

    /// Listens. No process is started before its function is invoked.
    /// - Returns: the port.
    /// - Throws: `LocalLambdaError` with every fault of the definitions, or with the address that is taken.
    package func start() async throws(LocalLambdaError) -> Int {
        try Self.check(definitions)
        var listening = ServerConfiguration(host: configuration.host, port: configuration.port)
        listening.headBytesMax = 64 * 1024
        // Above Lambda's limit, so that the answer to too much is AWS's.
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

    /// Stops listening, kills every process with its group, and returns when none is left. Calls in flight get a 500.
    package func stop() async {
        await functions.run { await $0.stop() }
        await server.withLock { exchange(&$0, with: nil) }?.stop()
    }

    /// Serves these functions from now on. Processes of functions that did not change stay; calls in flight finish.
    /// - Throws: `LocalLambdaError` with every fault; nothing changes then.
    package func replaceFunctions(_ functions: [FunctionDefinition]) async throws(LocalLambdaError) {
        try Self.check(functions)
        await self.functions.run { $0.install(functions) }
    }

    /// Calls `look` on the loop's thread before each invocation is given to a process: it may still `renew` that.
    package func beforeEachCall(_ look: @escaping @Sendable () -> Void) async {
        await functions.run { $0.lookForChanges = look }
    }

    /// Invocations of functions with this code folder, or of all, start new processes from now on; running ones finish
    /// in theirs. Loop thread.
    package func renew(inFolder folder: String? = nil) { functions.value.renew(inFolder: folder) }

    /// What a function wrote last, and those that write the same log.
    /// - Parameters:
    ///   - number: of the last line that is known already; 0 for none.
    ///   - countMax: the last so many.
    /// - Returns: nil when there is no such function.
    package func log(of function: String, after number: Int, countMax: Int) async -> FunctionLog.Page? {
        await functions.run { $0.log(of: function, after: number, countMax: countMax) }
    }

    /// Processes that exist now, over all functions.
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

/// Why the local Lambda does not serve: every reason at once, each naming the function and the setting.
package struct LocalLambdaError: Error, Equatable, CustomStringConvertible {
    package let faults: [String]

    package var description: String { faults.joined(separator: "\n") }
}
