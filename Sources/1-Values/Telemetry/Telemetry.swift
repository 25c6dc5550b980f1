// Telemetry: figures about the gateway's work, kept in atomics and written as Prometheus text.
//
//   Depends on   Bytes, Locks
//   Used by      Gateway (records calls), Control and AdminAPI (how targets' calls go), Server (/metrics)
//   Start at     GatewayMetrics

import Synchronization

/// A figure that only grows. Any thread; one relaxed atomic add.
package final class Counter: Sendable {
    private let cell = Atomic<UInt64>(0)

    package init() {}

    package func add(_ amount: UInt64 = 1) { cell.wrappingAdd(amount, ordering: .relaxed) }

    package var value: UInt64 { cell.load(ordering: .relaxed) }
}

/// A figure that goes up and down. Any thread; one relaxed atomic operation.
package final class Gauge: Sendable {
    private let cell = Atomic<Int>(0)

    package init() {}

    package func add(_ amount: Int = 1) { cell.wrappingAdd(amount, ordering: .relaxed) }

    package func subtract(_ amount: Int = 1) { cell.wrappingSubtract(amount, ordering: .relaxed) }

    package func set(_ value: Int) { cell.store(value, ordering: .relaxed) }

    package var value: Int { cell.load(ordering: .relaxed) }
}
