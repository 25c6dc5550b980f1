import Bytes
import EventLoop

/// The processes of one function, and the calls that wait for one. Loop thread only.
///
/// At most `concurrency` calls run at a time; one more is refused, or queued when its caller does not wait for it.
final class FunctionPool {
    static let queuedMax = 1000
    static let stopDurationMax = Duration.seconds(10)

    let function: FunctionDefinition
    let settings: LocalLambda.Configuration
    let loop: EventLoop
    private let sink: (FunctionLogLine) -> Void
    /// The processes, including those that were told to end but haven't yet.
    private var processes: [FunctionProcess] = []
    private var inFlight = 0
    private var queue: [Invocation] = []
    private var retries: [ObjectIdentifier: (timer: LoopTimer, invocation: Invocation)] = [:]
    private var isRetired = false
    private var waitingForEmpty: [CheckedContinuation<Void, Never>] = []

    init(
        function: FunctionDefinition,
        settings: LocalLambda.Configuration,
        loop: EventLoop,
        sink: @escaping (FunctionLogLine) -> Void
    ) {
        self.function = function
        self.settings = settings
        self.loop = loop
        self.sink = sink
    }

    /// The number of existing processes, including those being killed.
    var processCount: Int { processes.count }

    // MARK: Calls

    /// Runs an invocation to its end.
    /// - Throws: the throttling error when `concurrency` calls are running.
    func run(_ invocation: Invocation) async throws(ServiceError) -> InvocationOutcome {
        guard inFlight < function.concurrency else { throw .throttled }
        let outcome = await withCheckedContinuation { continuation in
            invocation.onEnd = { continuation.resume(returning: $0) }
            inFlight += 1
            place(invocation)
        }
        if let error = outcome.serviceError { throw error }
        return outcome
    }

    /// Accepts an asynchronous invocation; it runs as soon as there is room.
    /// - Throws: the throttling error when too many invocations are already waiting.
    func accept(_ invocation: Invocation) throws(ServiceError) {
        guard queue.count + retries.count < Self.queuedMax else { throw .throttled }
        queue.append(invocation)
        startQueued()
    }

    private func startQueued() {
        while inFlight < function.concurrency, !queue.isEmpty {
            let invocation = queue.removeFirst()
            invocation.onEnd = { [weak self] outcome in self?.ended(invocation, outcome) }
            inFlight += 1
            place(invocation)
        }
    }

    /// Retries an asynchronous invocation after a pause if the function failed.
    private func ended(_ invocation: Invocation, _ outcome: InvocationOutcome) {
        guard outcome.isFunctionError, outcome.serviceError == nil else { return }
        guard invocation.failures < settings.retryDelays.count, !isRetired else {
            return log(
                "the asynchronous invocation failed and is not retried any more",
                requestID: invocation.requestID,
                isPlatforms: true
            )
        }
        let again = invocation.again()
        let timer = LoopTimer()
        let key = ObjectIdentifier(timer)
        timer.action = { [weak self] in
            guard let self, let entry = retries.removeValue(forKey: key) else { return }
            queue.append(entry.invocation)
            startQueued()
        }
        retries[key] = (timer, again)
        loop.arm(timer, after: settings.retryDelays[invocation.failures])
    }

    /// Gives the invocation to a process: one without an invocation, or a new one.
    private func place(_ invocation: Invocation) {
        let free = processes.filter { $0.life.isAvailable && !$0.isStale }
        let mine = free.filter { $0.tenantID == invocation.tenantID }
        if let process = mine.last(where: { $0.life.phase == .idle }) ?? mine.last {
            return process.assign(invocation)
        }
        // Tenants don't share environments; if there is no room for a new process, a free process of another tenant is
        // ended.
        let live = processes.count { $0.life.phase != .ended }
        if live >= function.concurrency, let other = free.first { retire(other) }
        let process = FunctionProcess(pool: self, for: invocation)
        processes.append(process)
        LoopBound(process, on: loop).task { await $0.launch() }
    }

    // MARK: Reports of processes

    func concluded(_ invocation: Invocation, _ outcome: InvocationOutcome) {
        inFlight -= 1
        invocation.end(outcome)
        startQueued()
        if isRetired { retireAvailable() } else { retireStale() }
    }

    /// Places an invocation again, because its process ended before the function saw it.
    func reassign(_ invocation: Invocation) {
        if isRetired { refuse(invocation) } else { place(invocation) }
    }

    func ended(_ process: FunctionProcess) {
        processes.removeAll { $0 === process }
        if processes.isEmpty { resumeWaiting() }
    }

    private func resumeWaiting() {
        for waiter in exchange(&waitingForEmpty, with: []) { waiter.resume() }
    }

    /// - Parameter isPlatforms: whether the platform wrote the line about the function, rather than the function
    ///   itself.
    func log(_ text: String, stream: String = "", requestID: String?, isPlatforms: Bool = false) {
        sink(
            FunctionLogLine(
                function: function.name,
                requestID: requestID,
                text: text,
                stream: stream,
                atMs: WallClock.nowMs(),
                isPlatforms: isPlatforms
            )
        )
    }

    // MARK: End

    /// Kills a process that has no invocation.
    func retire(_ process: FunctionProcess) {
        if let left = process.abandon() { refuse(left) }
    }

    /// Lets running calls finish, and ends each process after its call, because the function was changed or removed.
    func retireWhenIdle() {
        isRetired = true
        retireAvailable()
        drop()
    }

    /// Gives all further invocations to new processes, because the code has changed. Running calls finish in the old
    /// processes.
    func renew() {
        for process in processes { process.isStale = true }
        retireStale()
    }

    private func retireStale() {
        for process in processes where process.isStale && process.life.isAvailable { retire(process) }
    }

    private func retireAvailable() {
        for process in processes where process.life.isAvailable { retire(process) }
    }

    /// Kills every process, ends running invocations with the service's own error, and returns when all processes are
    /// gone.
    ///
    /// Waits at most `stopDurationMax` for a process that the kernel doesn't end, then gives up on it.
    func stop() async {
        isRetired = true
        drop()
        for process in processes { retire(process) }
        guard !processes.isEmpty else { return }
        let limit = LoopTimer { [weak self] in self?.resumeWaiting() }
        loop.arm(limit, after: Self.stopDurationMax)
        await withCheckedContinuation { waitingForEmpty.append($0) }
        loop.disarm(limit)
    }

    private func drop() {
        for (_, entry) in retries { loop.disarm(entry.timer) }
        retries.removeAll()
        queue.removeAll()
    }

    private func refuse(_ invocation: Invocation) {
        inFlight -= 1
        let error = ServiceError.service(
            "The local Lambda stopped or reloaded the function during the invocation."
        )
        invocation.end(
            InvocationOutcome(payload: .init(), isFunctionError: false, logTail: [], serviceError: error)
        )
    }
}
