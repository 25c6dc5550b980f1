import Synchronization
import EventLoop
package import Config

/// A part of a running gateway that is started, and stopped again.
///
/// A gateway is a list of services. Each uses what stands before it in the list; so all are started and opened from the
/// first to the last, and drained and stopped from the last to the first.
package protocol Service: Sendable {
    /// For tests and failures.
    var name: String { get }

    /// What is going on while it starts or opens, for whoever asks why the gateway isn't ready. No path is in it.
    var startingWords: String { get }

    /// Makes what the service consists of. The services after it may use it once this returns.
    /// - Throws: why there can be no gateway. What was made until then is undone.
    func start() async throws(StartFailure)

    /// Begins to work by itself, or to take work from outside: every service is started now.
    /// - Throws: why there can be no gateway. The service is stopped afterwards as one that was opened is.
    func open() async throws(StartFailure)

    /// Takes over what a running service can of new settings and files.
    /// - Parameters:
    ///   - config: what is to be in force. A service that can't take something over puts back what stays in force.
    ///   - report: is told what was taken over and what is faulty.
    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async

    /// Takes no new work from now on, and finishes what is under way until `deadline`.
    func drain(until deadline: ContinuousClock.Instant) async

    /// Gives everything back. Called once, after `start`, whether the service was opened and drained or not.
    func stop() async
}

extension Service {
    package var startingWords: String { "the service \(name) is being started" }
    package func start() async throws(StartFailure) {}
    package func open() async throws(StartFailure) {}
    package func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async {}
    package func drain(until deadline: ContinuousClock.Instant) async {}
    package func stop() async {}
}

/// What a service has from its start on, for the services after it. Any thread.
final class Started<Value: Sendable>: Sendable {
    private let slot = Locked<Value?>(nil)
    private let name: String

    init(_ name: String) { self.name = name }

    /// Traps before it is set: whoever asks stands too early in the list of services.
    var value: Value {
        guard let value = slot.withLock({ $0 }) else { preconditionFailure("\(name) isn't started yet") }
        return value
    }

    /// Before the service's start returns.
    func set(_ value: Value) { slot.withLock { $0 = value } }
}
