package import Bytes

/// One span, ready to be encoded.
package struct Span: Sendable, Equatable {
    package enum Kind: UInt8, Sendable { case `internal` = 1, server, client }

    package enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int64)
        case number(Double)
        case yes(Bool)
    }

    package struct Attribute: Sendable, Equatable {
        package let key: String
        package let value: Value

        package init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// Something that happened at one moment of a span.
    package struct Event: Sendable, Equatable {
        package let name: String
        /// Microseconds since 1970.
        package let atUs: Int64
        package let attributes: [Attribute]
    }

    package let traceID: ID128
    package let spanID: UInt64
    /// 0 for none.
    package var parentSpanID: UInt64 = 0
    /// Whether the parent span is another process's.
    package var isParentRemote = false
    package var isSampled = true
    package let name: String
    package let kind: Kind
    /// Microseconds since 1970.
    package let startUs: Int64
    package let endUs: Int64
    package var attributes: [Attribute] = []
    package var events: [Event] = []
    /// Set for a span of something that failed: a description for people.
    package var failure: String?

    package init(
        traceID: ID128,
        spanID: UInt64,
        parentSpanID: UInt64 = 0,
        name: String,
        kind: Kind,
        startUs: Int64,
        endUs: Int64
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.name = name
        self.kind = kind
        self.startUs = startUs
        self.endUs = endUs
    }

    mutating func add(_ key: String, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        attributes.append(Attribute(key, .text(text)))
    }

    mutating func add(_ key: String, _ number: Int64) { attributes.append(Attribute(key, .integer(number))) }
}
