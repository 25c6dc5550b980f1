import Synchronization
import EventLoop
package import Config

/// A part of a running gateway that is started and stopped.
///
/// A gateway is a list of services. Each uses the ones before it in the list, so services are started and opened from
/// the first to the last, and drained and stopped from the last to the first.
package protocol Service: Sendable {
    /// For tests and failures.
    var name: String { get }

    /// What is going on while the service starts or opens, as an answer to why the gateway isn't ready. Holds no path.
    var startingWords: String { get }

    /// Makes the service's parts. The services after it may use them once this returns.
    /// - Throws: why the gateway can't start. Whatever was made until then is undone.
    func start() async throws(StartFailure)

    /// Begins the service's own work, or opens it to work from outside: by now every service is started.
    /// - Throws: why the gateway can't start. The service is then stopped like one that was opened.
    func open() async throws(StartFailure)

    /// Applies those of the new settings and files that a running service can.
    /// - Parameters:
    ///   - config: the settings that are to be in force. A service that can't apply a setting puts the old value back.
    ///   - report: receives what was applied and what is faulty.
    func reload(_ config: inout GatewayConfig, _ report: inout ReloadReport) async

    /// Takes no new work from now on, and finishes the work under way until `deadline`.
    func drain(until deadline: ContinuousClock.Instant) async

    /// Releases everything. Called once after `start`, whether or not the service was opened and drained.
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

/// A value that a service provides from its start on to the services after it. Any thread.
final class Started<Value: Sendable>: Sendable {
    private let slot = Locked<Value?>(nil)
    private let name: String

    init(_ name: String) { self.name = name }

    /// Traps before it is set: then the reader stands too early in the list of services.
    var value: Value {
        guard let value = slot.withLock({ $0 }) else { preconditionFailure("\(name) isn't started yet") }
        return value
    }

    /// To be called before the service's start returns.
    func set(_ value: Value) { slot.withLock { $0 = value } }
}
