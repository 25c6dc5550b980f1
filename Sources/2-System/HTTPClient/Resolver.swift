import CLinux
package import EventLoop
import Glibc

/// Host names to addresses, off the loops: getaddrinfo on at most two threads, a short cache in front.
///
/// One for the whole process, shared by all loops. Simultaneous questions for one name share one look-up. A thread
/// lives as long as names wait for it; there is none at rest. Addresses written out and `localhost` need no look-up.
/// Callers go on where their task's executor preference says, so a task on a loop stays on it.
package final class Resolver: Sendable {
    package struct Configuration: Sendable {
        package var threadsMax = 2
        /// Names waiting for a thread.
        package var queueMax = 64
        /// Callers waiting, all names together.
        package var waitersMax = 4096
        package var entriesMax = 256
        package var keepFound = Duration.seconds(30)
        package var keepMissing = Duration.seconds(1)

        package init() {}
    }

    package typealias Outcome = Result<[SocketAddress], ResolveError>

    private let configuration: Configuration
    private let work: ResolverWork

    /// `clock` gives monotonic nanoseconds; `lookup` may block, and returns addresses in the order to try them.
    package init(
        _ configuration: Configuration = Configuration(),
        clock: @escaping @Sendable () -> UInt64 = { linux_monotonic_ns() },
        lookup: (@Sendable (String) -> Outcome)? = nil
    ) {
        self.configuration = configuration
        work = ResolverWork(configuration, clock: clock, lookup: lookup ?? systemLookup)
    }

    /// The addresses if they are known without a look-up: cached, `localhost`, or written out. Never waits.
    package func cached(_ host: String, port: UInt16) -> [SocketAddress]? {
        guard case .success(let addresses)? = known(host, port: port) else { return nil }
        return addresses
    }

    /// The addresses of `host` with `port`, in the order to try them; at least one.
    ///
    /// Ends early, with `.cancelled`, when the task is cancelled.
    package func resolve(host: String, port: UInt16) async -> Outcome {
        if let outcome = known(host, port: port) { return outcome }
        return await wait(for: host, port: port, id: work.nextID())
    }

    /// As `resolve(host:port:)`, for a task on `loop`, and at most for `limit`; then `.timedOut`.
    package func resolve(host: String, port: UInt16, on loop: EventLoop, within limit: Duration) async
        -> Outcome
    {
        if let outcome = known(host, port: port) { return outcome }
        let id = work.nextID()
        let timer = LoopTimer { [work] in work.abandon(id, .timedOut) }
        loop.arm(timer, after: limit)
        let outcome = await wait(for: host, port: port, id: id)
        loop.disarm(timer)
        return outcome
    }

    /// Remembers that connecting to `address` failed: it comes last until the name is looked up again.
    package func connectFailed(to address: SocketAddress, host: String) {
        work.demote(address, of: host.lowercased())
    }

    /// Callers waiting for a look-up right now.
    package var waitingCount: Int { work.waitingCount }

    private func wait(for host: String, port: UInt16, id: UInt64) async -> Outcome {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                work.ask(host.lowercased(), id: id, continuation)
                // The handler may have run before the line above.
                if Task.isCancelled { work.abandon(id, .cancelled) }
            }
        } onCancel: { [work] in
            work.abandon(id, .cancelled)
        }
        return outcome.map { addresses in addresses.map { $0.with(port: port) } }
    }

    private func known(_ host: String, port: UInt16) -> Outcome? {
        if let address = SocketAddress(literal: host, port: port) { return .success([address]) }
        let name = host.lowercased()
        if isLocalhost(name) {
            return .success(["127.0.0.1", "::1"].compactMap { SocketAddress(literal: $0, port: port) })
        }
        guard isHostName(name) else { return .failure(ResolveError(host, .invalidHost)) }
        return work.cached(name).map { outcome in
            outcome.map { addresses in addresses.map { $0.with(port: port) } }
        }
    }
}

/// Never asked of a name server. Source: RFC 6761 §6.3.
private func isLocalhost(_ name: String) -> Bool {
    name == "localhost" || name == "localhost." || name.hasSuffix(".localhost")
        || name.hasSuffix(".localhost.")
}

/// Letters, digits, `-` and `_` between dots, 253 bytes at most, and a last label that is no number: the C library
/// would take `127.1` or `0x7f000001` for an address.
private func isHostName(_ name: String) -> Bool {
    var bytes = Array(name.utf8)
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    guard (1...253).contains(bytes.count) else { return false }
    let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
        guard (1...63).contains(label.count), label.allSatisfy({ isNameByte($0) }) else { return false }
    }
    return labels.last.map { !isNumber($0) } ?? false
}

/// Decimal, or hexadecimal after `0x`.
private func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
    guard label.starts(with: "0x".utf8) else { return label.allSatisfy { digits.contains($0) } }
    return label.dropFirst(2).allSatisfy { digits.contains($0) || letters.contains($0) }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
}
