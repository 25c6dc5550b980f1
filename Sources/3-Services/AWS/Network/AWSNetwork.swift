package import Curl
import EventLoop
import HTTPClient
import Synchronization

/// A separate thread for AWS requests that aren't part of a call: getting credentials, and reading values kept at AWS.
///
/// The thread starts with the first use. Slow files, programs and services delay nothing else. Any thread.
package final class AWSNetwork: Sendable {
    private enum State {
        case idle
        case running(LoopBound<NetworkLines>)
        case failed(String)
        case closed
    }

    private let state = Locked(State.idle)
    private let tasks = Locked<[Int: Task<Void, Never>]>([:])
    private let proxies: ProxySettings
    private let caFile: String?

    /// - Parameters:
    ///   - proxies: the proxies for AWS's services; the endpoints of containers and instances are reached directly.
    ///   - caFile: a PEM file with the only issuers to trust; nil to trust the system's.
    package init(proxies: ProxySettings = ProxySettings(), caFile: String? = nil) {
        self.proxies = proxies
        self.caFile = caFile
    }

    /// Runs `body` on the thread; `close` waits until it has ended.
    /// - Returns: nil when there is no thread, because it couldn't be started or was closed.
    @discardableResult
    func run<T: Sendable>(_ body: @escaping @Sendable (NetworkLines) async -> T) -> Task<T, Never>? {
        guard let lines = lines() else { return nil }
        let task = Task.detached(executorPreference: lines.loop) { await body(lines.value) }
        track(Task.detached { _ = await task.value })
        return task
    }

    /// Schedules `body` on the thread and returns at once.
    func execute(_ body: @escaping @Sendable (NetworkLines) -> Void) {
        lines()?.execute(body)
    }

    /// Why there is no thread.
    var fault: String {
        state.withLock { state in
            if case .failed(let reason) = state { reason } else { "the gateway is ending" }
        }
    }

    /// Closes all connections, ends all processes, waits for running work, and ends the thread.
    package func close() async {
        let lines: LoopBound<NetworkLines>? = state.withLock { state in
            defer { state = .closed }
            if case .running(let lines) = state { return lines }
            return nil
        }
        guard let lines else { return }
        await lines.run { $0.close() }
        for task in tasks.withLock({ Array($0.values) }) { await task.value }
        lines.loop.stop()
        await Task.detached { lines.loop.join() }.value
    }

    deinit {
        // No work is awaited any more: connections are closed on their thread, which then ends by itself.
        if case .running(let lines) = state.withLock({ $0 }) {
            lines.execute {
                $0.close()
                $0.loop.stop()
            }
        }
    }

    private func track(_ task: Task<Void, Never>) {
        let key = tasks.withLock { tasks in
            let key = (tasks.keys.max() ?? 0) + 1
            tasks[key] = task
            return key
        }
        Task.detached { [weak self] in
            await task.value
            self?.tasks.withLock { $0[key] = nil }
        }
    }

    private func lines() -> LoopBound<NetworkLines>? {
        state.withLock { state in
            switch state {
            case .running(let lines): return lines
            case .failed, .closed: return nil
            case .idle: break
            }
            do throws(LoopError) {
                let loop = try EventLoop(name: "aws")
                try loop.start()
                let lines = LoopBound(
                    handing: NetworkLines(loop: loop, proxies: proxies, caFile: caFile),
                    to: loop
                )
                state = .running(lines)
                return lines
            } catch {
                state = .failed("\(error)")
                return nil
            }
        }
    }
}

/// The connections of an `AWSNetwork`. Its loop's thread only.
final class NetworkLines {
    /// The hosts that a request may reach.
    enum Reach {
        /// AWS's services, through a proxy where one is set.
        case services
        /// Exactly the named host, without a proxy.
        case direct
        /// Exactly the named host, without a proxy, and only at addresses that `ContainerEndpoint.mayConnect` allows.
        case container
    }

    let loop: EventLoop
    private let proxies: ProxySettings
    private let caFile: String?
    private var clients: [Reach: CurlClient] = [:]
    /// Actions that end other work when the thread ends.
    private var others: [ObjectIdentifier: () -> Void] = [:]
    private(set) var isClosed = false
    /// The queue for requests to take roles, because STS throttles an account that sends many at once.
    private let turns = TurnQueue(atOnceMax: 32, waitingMax: 4_096)

    fileprivate init(loop: EventLoop, proxies: ProxySettings, caFile: String?) {
        self.loop = loop
        self.proxies = proxies
        self.caFile = caFile
    }

    /// Sends a request; throws `.cancelled` when the calling task is cancelled.
    func send(_ request: OutboundRequest, to reach: Reach) async throws(HTTPClientError) -> ClientResponse {
        guard !Task.isCancelled else { throw .cancelled }
        let client = try client(reach)
        let cancellation = Cancellation()
        var request = request
        request.cancellation = cancellation
        let (cancelled, whole) = (LoopBound(cancellation, on: loop), request)
        let outcome: Result<ClientResponse, HTTPClientError> = await withTaskCancellationHandler {
            do throws(HTTPClientError) {
                return .success(try await client.send(whole))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancelled.execute { $0.cancel() }
        }
        return try outcome.get()
    }

    /// Runs `body` once fewer than 32 others are running, in the order of the calls.
    /// - Throws: `.overloaded` when 4,096 calls are already waiting; `.cancelled` as `send` does.
    func inTurn(
        _ body: () async throws(ServiceRequest.Failure) -> [UInt8]
    ) async throws(ServiceRequest.Failure) -> [UInt8] {
        guard !isClosed, !Task.isCancelled else { throw .transport(.cancelled) }
        switch await turns.take(on: loop) {
        case .ended: throw .transport(.cancelled)
        case .full: throw .transport(.overloaded)
        case .taken: break
        }
        defer { turns.giveBack() }
        return try await body()
    }

    /// Waits for the duration; returns false if the thread was closed or the calling task cancelled.
    func wait(_ duration: Duration) async -> Bool {
        guard !isClosed, !Task.isCancelled else { return false }
        let nap = Nap(loop)
        add(nap) { nap.end() }
        let ended = LoopBound(nap, on: loop)
        await withTaskCancellationHandler {
            await nap.take(duration)
        } onCancel: {
            ended.execute { $0.end() }
        }
        remove(nap)
        return !isClosed && !Task.isCancelled
    }

    func close() {
        isClosed = true
        turns.end()
        for client in clients.values { client.close() }
        clients = [:]
        for end in exchange(&others, with: [:]).values { end() }
    }

    /// Registers `end` to be called on `close`, unless `owner` is removed before.
    func add(_ owner: AnyObject, _ end: @escaping () -> Void) { others[ObjectIdentifier(owner)] = end }

    func remove(_ owner: AnyObject) { others[ObjectIdentifier(owner)] = nil }

    private func client(_ reach: Reach) throws(HTTPClientError) -> CurlClient {
        guard !isClosed else { throw .cancelled }
        if let known = clients[reach] { return known }
        var configuration = CurlClient.Configuration()
        configuration.caFile = caFile
        configuration.requestsMax = 256
        if reach == .services { configuration.proxies = proxies }
        if reach == .container { configuration.mayConnect = ContainerEndpoint.mayConnect }
        let client = try CurlClient(loop: loop, configuration: configuration)
        clients[reach] = client
        return client
    }
}

/// A pause that can be ended early. Its loop's thread only.
private final class Nap {
    private let loop: EventLoop
    private let timer = LoopTimer()
    private var sleeper: CheckedContinuation<Void, Never>?

    init(_ loop: EventLoop) { self.loop = loop }

    func take(_ duration: Duration) async {
        await withCheckedContinuation { continuation in
            sleeper = continuation
            timer.action = { [weak self] in self?.end() }
            // `loop.now` is the start of the loop's turn, which may be a while ago; the pause counts from the current
            // time.
            loop.arm(timer, after: duration + .nanoseconds(Int64(clamping: EventLoop.currentNs &- loop.now)))
        }
    }

    func end() {
        loop.disarm(timer)
        exchange(&sleeper, with: nil)?.resume()
    }
}
