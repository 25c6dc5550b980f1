package import Telemetry

/// Which recorded calls are wanted. All conditions must hold; nil is no condition.
package struct CallQuery: Sendable, Equatable {
    /// Microseconds since 1970: started at this time or later.
    package var sinceUs: Int64?
    /// Microseconds since 1970: started before this time.
    package var untilUs: Int64?
    /// A tenant's name at the time of the call.
    package var tenant: String?
    /// The store's id of a tenant: names are used again.
    package var tenantID: Int64?
    /// A key's prefix, or `tokens` for calls with access tokens.
    package var key: String?
    package var target: String?
    /// The name that agents use: `target___tool` or an alias, or a name that was asked for and that no tool has.
    package var tool: String?
    package var outcomes: Set<CallOutcome>?
    /// The machine-readable word for what went wrong.
    package var code: String?
    package var order = Order.newestFirst
    /// The most calls: 1...`limitMax`.
    package var limit = 100
    /// The place to go on from, as `RecordedCalls.next` or `RecordReader.end` gave it.
    package var after: String?

    package enum Order: Sendable, Equatable {
        case newestFirst
        /// For following: the calls that were stored after `after`, in the order of storing; each call once.
        case oldestFirst
        /// The ones that took longest, the longest first.
        case slowestFirst
    }

    package static let limitMax = 10_000
    /// In place of a key's prefix, which has eight characters.
    package static let tokens = "tokens"

    package init() {}
}

/// Calls that were found. Arguments and results are there only when one call was asked for.
package struct RecordedCalls: Sendable {
    package var calls: [RecordedCall] = []
    /// Where to go on; nil when there are no more. In the order of storing there always is a place to go on from.
    package var next: String?
    /// Files that could not be read, each with what is wrong with it and what to do.
    package var faults: [String] = []

    package init() {}
}
