import Bytes
import Calendar
import EventLoop
import HTTP
import HTTPServer
import System

/// One process of a function, with its own Runtime API listener: performs the steps that its `ProcessLife` returns.
///
/// The listener tells the processes apart: a runtime knows nothing but a `host:port`. Loop thread only.
final class FunctionProcess {
    let tenantID: String?
    /// Whether the process runs outdated code: it finishes its invocation and gets no other.
    var isStale = false
    // Internal, for FunctionProcess+Requests.swift.
    var life: ProcessLife
    let pool: FunctionPool
    var invocation: Invocation?
    private var server: HTTPServer?
    private(set) var child: Child?
    /// The runtime's waiting request for an event.
    var parked: (exchange: Exchange, waiter: CheckedContinuation<Response?, Never>)?
    let timer = LoopTimer()
    /// The streamed answer of that invocation broke off; why may be seen soon.
    var brokenAnswer: String?
    private var launchedAt: UInt64
    private var initDuration: Duration?
    private var lines = LineCutter()
    /// The name of the log stream; as in CloudWatch, each process has its own.
    private var logStream = ""
    private var isEnded = false

    var loop: EventLoop { pool.loop }
    private var function: FunctionDefinition { pool.function }

    init(pool: FunctionPool, for invocation: Invocation) {
        self.pool = pool
        self.invocation = invocation
        tenantID = invocation.tenantID
        life = ProcessLife(startingFor: invocation.requestID)
        launchedAt = pool.loop.now
        timer.action = { [weak self] in self?.timerFired() }
        loop.arm(timer, after: pool.settings.initDuration + .seconds(function.timeoutSeconds))
    }

    // MARK: Start and end

    /// Opens the listener, then starts the command.
    func launch() async {
        var listening = ServerConfiguration(host: "127.0.0.1", port: 0)
        // The X-Ray cause of an error is sent in a header of up to 1 MiB.
        listening.headBytesMax = 2 * 1024 * 1024
        // A function may pause as long as it runs. Its own timeout bounds that.
        listening.givesChunksInPieces = true
        listening.bodyTimeout = .seconds(24 * 3600)
        // The error that ends a streamed answer, in Base64.
        listening.trailerBytesMax = 1024 * 1024
        // Far above Lambda's limit, so that this API's own error answers a body that is too large.
        listening.bodyBytesMax = 64 * 1024 * 1024
        listening.budget = BufferBudget(bytesMax: 4 * listening.bodyBytesMax)
        listening.idleTimeout = .seconds(24 * 3600)
        listening.connectionsMax = 64
        let process = LoopBound(self, on: loop)
        let server = HTTPServer(configuration: listening, loops: [loop]) { _ in
            RuntimeAPI(process: process.value)
        }
        do {
            let port = try await server.start()
            guard life.phase != .ended else { return await dismiss(server) }
            self.server = server
            try startChild(port: port)
        } catch {
            apply(life.couldNotStart(why: "\(error)"))
            await dismiss(server)
        }
    }

    private func dismiss(_ server: HTTPServer) async {
        await server.stop()
        self.server = nil
        ended()
    }

    private func startChild(port: Int) throws(SpawnError) {
        launchedAt = loop.now
        let date = UTCDay(ms: loop.wallMs).text.replacing("-", with: "/")
        let stream = "\(date)/[$LATEST]\(hex(.random(in: .min ... .max)))\(hex(.random(in: .min ... .max)))"
        logStream = stream
        let setting = FunctionEnvironment.Setting(
            region: pool.settings.region,
            runtimeAPI: "127.0.0.1:\(port)",
            logStream: stream,
            searchPath: pool.settings.searchPath,
            traceID: invocation?.traceID ?? ""
        )
        // Python matches cached byte code to its source by size and second, so a second edit within the same second
        // would go unnoticed. On AWS the folder is read-only anyway.
        let own = ["PYTHONDONTWRITEBYTECODE": "1"]
        let command = Command(
            arguments: function.command + (function.handler.isEmpty ? [] : [function.handler]),
            environment: own.merging(FunctionEnvironment.variables(of: function, setting)) { $1 },
            directory: function.directory
        )
        child = try Child(
            command,
            on: loop,
            onOutput: { [weak self] in self?.wrote($0) },
            onExit: { self.exited($0) }
        )
    }

    private func exited(_ exit: ChildExit) {
        child = nil
        if let line = lines.end() { log(line) }
        apply(life.exited(.init(exit.status)), peakMemoryKiB: exit.peakMemoryKiB)
        guard let server else { return ended() }
        LoopBound(self, on: loop).task { await $0.dismiss(server) }
    }

    private func ended() {
        guard !isEnded else { return }
        isEnded = true
        loop.disarm(timer)
        unpark(nil)
        pool.ended(self)
    }

    /// Kills the process without waiting for it.
    /// - Returns: the invocation that remains without an answer.
    func abandon() -> Invocation? {
        let left = life.abandon() == nil ? nil : invocation
        invocation = nil
        loop.disarm(timer)
        child?.kill()
        return left
    }

    private func wrote(_ output: [UInt8]) {
        invocation?.log.add(output)
        for line in lines.cut(output) { log(line) }
    }

    private func log(_ line: String) {
        pool.log(line, stream: logStream, requestID: invocation?.requestID)
    }

    // MARK: Invocations

    /// Assigns an invocation to the process, which must be available.
    func assign(_ invocation: Invocation) {
        self.invocation = invocation
        let limit = Duration.seconds(function.timeoutSeconds)
        loop.arm(timer, after: life.phase == .idle ? limit : pool.settings.initDuration + limit)
        apply(life.assign(invocation.requestID))
    }

    private func timerFired() {
        if let id = brokenAnswer {
            apply(life.failed(id, .truncated))
        } else if life.isAvailable {
            pool.retire(self)
        } else if let id = life.invocation {
            apply(life.timedOut(id, afterSeconds: function.timeoutSeconds))
        }
    }

    /// Performs a step that didn't come from a request of the runtime, or the part of a step beside its answer.
    func apply(_ step: ProcessLife.Step, peakMemoryKiB: Int? = nil) {
        switch step {
        case .deliver:
            if let response = event() { unpark(response) }
        case .fail(let id, let error):
            let payload = error.payload(requestID: id)
            conclude(payload: payload, error: error, isFunctionError: true, peakMemoryKiB: peakMemoryKiB)
            loop.disarm(timer)
            child?.kill()
        case .reassign:
            if let invocation = exchange(&self.invocation, with: nil) { pool.reassign(invocation) }
        case .nothing, .park, .finish, .refuse, .unknownID: break
        }
    }

    /// Ends the invocation: reads the function's remaining output, closes its log, reports the outcome to the pool.
    func conclude(
        payload: ByteBuffer,
        error: FunctionError?,
        isFunctionError: Bool,
        peakMemoryKiB: Int?
    ) {
        child?.readOutput()
        guard let invocation = exchange(&self.invocation, with: nil) else { return }
        var duration = Duration.nanoseconds(
            Int64(clamping: loop.now &- (invocation.deliveredAt ?? launchedAt))
        )
        if case .timedOut(let seconds) = error { duration = .seconds(seconds) }
        let report = InvocationReport(
            duration: duration,
            initDuration: invocation.initDuration,
            memoryMB: function.memoryMB,
            peakMemoryKiB: peakMemoryKiB ?? child?.peakMemoryKiB ?? 0
        )
        switch error {
        case .timedOut, .exited, .truncated, .notStarted:
            // An unfinished line of the function becomes a line of its own.
            if let line = lines.end() { pool.log(line, stream: logStream, requestID: invocation.requestID) }
            let words = error?.words ?? ""
            pool.log(words, stream: logStream, requestID: invocation.requestID, isPlatforms: true)
        case .responseTooLarge, nil: break
        }
        invocation.log.close(report, error: error, timestamp: dateAndTimeText(ms: loop.wallMs) + "Z")
        pool.concluded(
            invocation,
            InvocationOutcome(
                payload: payload,
                isFunctionError: isFunctionError,
                error: error,
                logTail: invocation.log.tail
            )
        )
    }

    /// The answer to `next` with the event of the current invocation; starts the timeout.
    func event() -> Response? {
        guard let invocation else { return nil }
        if initDuration == nil {
            let duration = Duration.nanoseconds(Int64(clamping: loop.now &- launchedAt))
            initDuration = duration
            invocation.initDuration = duration
        }
        invocation.deliveredAt = loop.now
        loop.arm(timer, after: .seconds(function.timeoutSeconds))
        var fields = [
            ResponseField("Lambda-Runtime-Aws-Request-Id", invocation.requestID),
            ResponseField(
                "Lambda-Runtime-Deadline-Ms",
                "\(loop.wallMs + Int64(function.timeoutSeconds) * 1000)"
            ),
            ResponseField("Lambda-Runtime-Invoked-Function-Arn", invocation.functionARN),
            ResponseField("Lambda-Runtime-Trace-Id", invocation.traceID),
        ]
        if let context = invocation.clientContext {
            fields.append(ResponseField("Lambda-Runtime-Client-Context", context))
        }
        if let tenantID { fields.append(ResponseField("Lambda-Runtime-Aws-Tenant-Id", tenantID)) }
        // Must be exactly this media type: without it the Python runtime crashes, and with a parameter it passes bytes
        // to the function.
        return Response(status: 200, contentType: .json, fields: fields, body: invocation.event)
    }

    func unpark(_ response: Response?) {
        let waiting = parked
        parked = nil
        waiting?.exchange.onDisconnect = nil
        waiting?.waiter.resume(returning: response)
    }
}

extension FunctionError.ExitReason {
    init(_ status: ExitStatus) {
        self =
            switch status {
            case .exited(let code): .code(code)
            case .signalled(let number): .signal(number)
            }
    }
}
