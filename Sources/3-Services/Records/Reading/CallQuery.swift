package import Telemetry

/// Which recorded calls are wanted. All conditions must hold; nil is no condition.
package struct CallQuery: Sendable, Equatable {
    /// Microseconds since 1970: started at this time or later.
    package var sinceUs: Int64?
    /// Microseconds since 1970: started before this time.
    package var untilUs: Int64?
    package var tenant: String?
    /// The store's id of the tenant: two that had one name are two.
    package var tenantID: Int64?
    /// A key's prefix.
    package var key: String?
    package var target: String?
    /// As agents call it: `target___tool` or an alias.
    package var tool: String?
    package var outcomes: Set<CallOutcome>?
    /// The machine-readable word.
    package var code: String?
    package var order = Order.newestFirst
    /// The most calls: 1...10,000.
    package var limit = 100
    /// Goes on after this call: what `RecordedCalls.next` gave.
    package var after: String?

    package enum Order: Sendable, Equatable {
        case newestFirst
        /// For following: what was stored after `after`, in the order of storing.
        case oldestFirst
        /// The ones that took longest, the longest first.
        case slowestFirst
    }

    package init() {}
}

/// Calls that were found.
package struct RecordedCalls: Sendable {
    package var calls: [RecordedCall] = []
    /// Where to go on; nil when there are no more.
    package var next: String?
    /// Files that could not be read, each with what is wrong with it and what to do.
    package var faults: [String] = []

    package init() {}
}
