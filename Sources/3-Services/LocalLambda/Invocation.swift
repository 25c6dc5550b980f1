import Bytes

/// One call of a function, from its request to its outcome. Loop thread only.
final class Invocation {
    let requestID: String
    let event: ByteBuffer
    /// The function's ARN, with a qualifier if the caller gave one.
    let functionARN: String
    /// The client context: JSON in a form that can be a header's value.
    let clientContext: String?
    let tenantID: String?
    let traceID: String
    /// Who reads the answer as a stream; nil when it is wanted whole.
    let receiver: StreamedAnswer?
    var log: InvocationLog
    /// The loop time at which the function got the event; nil before.
    var deliveredAt: UInt64?
    /// How long the initialization took; set only if this invocation had a cold start.
    var initDuration: Duration?
    /// The number of earlier failures of an asynchronous invocation.
    var failures = 0
    /// Called once, with the outcome.
    var onEnd: ((InvocationOutcome) -> Void)?

    init(
        requestID: String,
        event: ByteBuffer,
        functionARN: String,
        clientContext: String?,
        tenantID: String?,
        traceID: String,
        receiver: StreamedAnswer? = nil
    ) {
        self.requestID = requestID
        self.event = event
        self.functionARN = functionARN
        self.clientContext = clientContext
        self.tenantID = tenantID
        self.traceID = traceID
        self.receiver = receiver
        log = InvocationLog(requestID: requestID, version: "$LATEST")
    }

    /// A copy of the invocation under the same request id, because AWS retries asynchronous invocations that way.
    func again() -> Invocation {
        let copy = Invocation(
            requestID: requestID,
            event: event,
            functionARN: functionARN,
            clientContext: clientContext,
            tenantID: tenantID,
            traceID: traceID
        )
        copy.failures = failures + 1
        return copy
    }

    func end(_ outcome: InvocationOutcome) { exchange(&onEnd, with: nil)?(outcome) }
}

/// The outcome of an invocation.
struct InvocationOutcome: Sendable {
    /// The function's result, without what was streamed already, or its description of a failure.
    var payload: ByteBuffer
    var isFunctionError: Bool
    /// The failure that the service reports on the function's behalf, if it is one.
    var error: FunctionError?
    var logTail: [UInt8]
    /// The service's own failure; if set, the other members have no meaning.
    var serviceError: ServiceError?
}

/// One line of a log, written by a function or by the platform about it.
package struct FunctionLogLine: Sendable, Equatable {
    package let function: String
    /// The invocation's request id; nil outside of an invocation, e.g. while the function starts.
    package let requestID: String?
    /// The text without the line's end.
    package let text: String
    /// The log stream; as in CloudWatch, each process has its own; empty for a line that isn't about a process.
    package let stream: String
    /// Milliseconds since 1970.
    package let atMs: Int64
    /// Whether the platform wrote the line about the function: that it ended, or ran too long.
    package let isPlatforms: Bool

    package init(
        function: String,
        requestID: String? = nil,
        text: String,
        stream: String = "",
        atMs: Int64 = 0,
        isPlatforms: Bool = false
    ) {
        self.function = function
        self.requestID = requestID
        self.text = text
        self.stream = stream
        self.atMs = atMs
        self.isPlatforms = isPlatforms
    }
}

/// Splits a process's output into lines, in whatever pieces it arrives. A line is cut at 64 KiB.
///
/// The Python runtime joins the lines of an error with CR and indents them with U+00A0, so that a log keeps them
/// together; here they become separate lines with spaces.
struct LineCutter: Sendable {
    static let lineBytesMax = 65_536
    private var rest: [UInt8] = []

    mutating func cut(_ output: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in output {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if !rest.isEmpty || byte == UInt8(ascii: "\n") { lines.append(take()) }
            } else {
                rest.append(byte)
                if rest.count == Self.lineBytesMax { lines.append(take()) }
            }
        }
        return lines
    }

    /// The unfinished line that remains when the process has ended.
    mutating func end() -> String? { rest.isEmpty ? nil : take() }

    private mutating func take() -> String {
        let text = String(decoding: rest, as: UTF8.self)
        rest.removeAll(keepingCapacity: true)
        return String(text.map { $0 == "\u{A0}" ? " " : $0 })
    }
}
