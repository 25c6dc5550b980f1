/// Lets a thread that may block wait for one value from elsewhere.
package final class Handover<Value: Sendable>: Sendable {
    private let slot = Monitor<Value?>(nil)

    package init() {}

    /// Gives the value. Only the first one counts.
    package func give(_ value: Value) { slot.change { $0 = $0 ?? value } }

    /// Blocks until a value is given.
    package func wait() -> Value { slot.wait { $0 } }
}
