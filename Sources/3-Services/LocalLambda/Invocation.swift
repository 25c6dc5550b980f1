import Bytes

/// One call of a function, from its request to its outcome. Loop thread only.
final class Invocation {
    let requestID: String
    let event: ByteBuffer
    /// As the caller named the function, so with a qualifier if it gave one.
    let functionARN: String
    /// JSON, ready to be a header's value.
    let clientContext: String?
    let tenantID: String?
    let traceID: String
    var log: InvocationLog
    /// Loop time at which the event was handed to the function; nil before.
    var deliveredAt: UInt64?
    /// Set when this invocation paid for a cold start.
    var initDuration: Duration?
    /// How often an asynchronous invocation has failed before.
    var failures = 0
    /// Called once, with the outcome.
    var onEnd: ((InvocationOutcome) -> Void)?

    init(
        requestID: String,
        event: ByteBuffer,
        functionARN: String,
        clientContext: String?,
        tenantID: String?,
        traceID: String
    ) {
        self.requestID = requestID
        self.event = event
        self.functionARN = functionARN
        self.clientContext = clientContext
        self.tenantID = tenantID
        self.traceID = traceID
        log = InvocationLog(requestID: requestID, version: "$LATEST")
    }

    /// The same event once more, under the same request id, as AWS retries asynchronous invocations.
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

/// What came of an invocation.
struct InvocationOutcome: Sendable {
    /// What the function answered, or says of its failure.
    var payload: ByteBuffer
    var isFunctionError: Bool
    var logTail: [UInt8]
    /// The service's own failure; nothing else counts then.
    var serviceError: ServiceError?
}

/// One line that a function wrote, or that was said about it.
package struct FunctionLogLine: Sendable, Equatable {
    package let function: String
    /// nil outside of an invocation, e.g. while the function starts.
    package let requestID: String?
    /// Without the line's end.
    package let text: String
    /// As in CloudWatch: a name for each process; empty for what is about none.
    package let stream: String
    /// Milliseconds since 1970.
    package let atMs: Int64
    /// Whether it is said about the function: that it ended, or ran too long.
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

/// Cuts what a process writes into lines, however it comes. A line is cut at 64 KiB.
///
/// The Python runtime joins the lines of an error with CR and indents them with U+00A0, so that a log keeps them
/// together; people read them as lines and spaces.
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

    /// What is left when the process has ended.
    mutating func end() -> String? { rest.isEmpty ? nil : take() }

    private mutating func take() -> String {
        let text = String(decoding: rest, as: UTF8.self)
        rest.removeAll(keepingCapacity: true)
        return String(text.map { $0 == "\u{A0}" ? " " : $0 })
    }
}
