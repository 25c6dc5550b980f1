package import Tracing

/// Work of the gateway that no caller asked for: the refresh of a target's tools, the publication of a state. One span each.
package struct TracedWork: Sendable {
    package let name: String
    /// Microseconds since 1970.
    package let startUs: Int64
    package let endUs: Int64
    package var attributes: [Span.Attribute]
    /// What went wrong, as a machine-readable word and for people; nil when nothing did.
    package var failure: (code: String, text: String)?

    package init(
        _ name: String,
        startUs: Int64,
        endUs: Int64,
        attributes: [Span.Attribute] = [],
        failure: (code: String, text: String)? = nil
    ) {
        self.name = name
        self.startUs = startUs
        self.endUs = endUs
        self.attributes = attributes
        self.failure = failure
    }

    package func span(in trace: CallTrace) -> Span {
        var span = Span(
            traceID: trace.traceID,
            spanID: trace.spanID,
            name: name,
            kind: .internal,
            startUs: startUs,
            endUs: endUs
        )
        span.isSampled = trace.isSampled
        span.attributes = attributes
        if let failure {
            span.failure = failure.text
            span.add("error.type", failure.code)
        }
        return span
    }
}
