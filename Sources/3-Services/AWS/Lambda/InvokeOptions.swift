package import Bytes
import Crypto
import Calendar
import SigV4
package import Tracing

/// A call's options beside the payload.
package struct InvokeOptions: Sendable {
    package enum InvocationType: Sendable {
        /// Wait for the answer: 200.
        case requestResponse
        /// Queue it: 202, no payload.
        case event
        /// Only check permission and parameters: 204, no payload.
        case dryRun
    }

    package var invocationType = InvocationType.requestResponse
    /// Requests the last 4 KB of the function's log. For a function on this machine the log is the operator's own, and
    /// its text may be quoted in an error; for other functions only the report is used: durations, memory.
    package var wantsLogTail = false
    /// The most bytes that a function may stream, up to 1 GiB; 0 for an answer that is taken as a whole. 32 bits: the options
    /// are copied for each call, and here they are no larger for it.
    package var streamBytesMax: UInt32 = 0
    /// JSON that the function reads as `context.client_context`; at most 2,687 bytes, which is 3,583 in Base64.
    package var clientContext: ByteBuffer?
    /// The tenant id that selects the execution environment; 1–256 letters, digits, spaces and `._:/=+-@`. Functions
    /// with tenant isolation require it, and other functions refuse it.
    package var tenantID: String?
    /// The trace context to send as `X-Amzn-Trace-Id`.
    package var trace: TraceContext?
    /// The time from now to the last byte of the answer. Must exceed the function's own timeout and its cold start.
    package var timeout = Duration.seconds(60)
    package init() {}
}

/// Lambda's limits. Source: Lambda API Reference, "Invoke", and "Lambda quotas"
package enum LambdaBounds {
    package static let payloadBytesMax = 6_291_456
    package static let eventBytesMax = 1_048_576
    /// The largest answer of a function, according to the text of AWS's own error.
    package static let answerBytesMax = 6_291_556
    /// The largest client context, measured in Base64.
    package static let clientContextBytesMax = 3_583
}

extension PreparedFunction {
    /// The whole signed request, as it is sent.
    /// - Throws: `.invalidRequest` or `.tooLarge`, before anything is sent.
    func message(
        payload: borrowing ByteBuffer,
        options: InvokeOptions,
        signer: InvokeSigner,
        at time: UTCTime
    ) throws(LambdaError) -> ByteBuffer {
        let bytesMax =
            options.invocationType == .event ? LambdaBounds.eventBytesMax : LambdaBounds.payloadBytesMax
        guard payload.count <= bytesMax else {
            throw .refused(
                .tooLarge(.request),
                "the payload has \(payload.count) bytes, and Lambda accepts \(bytesMax) at most"
            )
        }
        if options.isStreamed, let invokeWithResponseStream {
            return try message(of: invokeWithResponseStream, payload: payload, options, signer, at: time)
        }
        return try message(of: invoke, payload: payload, options, signer, at: time)
    }

    private func message(
        of operation: Operation,
        payload: borrowing ByteBuffer,
        _ options: InvokeOptions,
        _ signer: InvokeSigner,
        at time: UTCTime
    ) throws(LambdaError) -> ByteBuffer {
        var message = ByteBuffer(capacity: operation.head.count + 640 + payload.count)
        message.append(contentsOf: operation.head.bytes)
        message.append(decimal: payload.count)
        message.append("\r\n" as StaticString)
        var fields: [SignedField] = []
        if options.needsFields { try options.append(to: &message, signed: &fields) }
        signer.appendLines(
            for: operation.signingTarget,
            fields: fields,
            body: payload.bytes.span,
            at: time,
            to: &message
        )
        message.append(atMost: payload.count + 2) { out in
            out.append("\r\n")
            out.append(payload.bytes.span)
        }
        return message
    }
}

extension InvokeOptions {
    /// Whether the answer is taken as it comes.
    var isStreamed: Bool { streamBytesMax > 0 }

    var needsFields: Bool {
        invocationType != .requestResponse || wantsLogTail || clientContext != nil || tenantID != nil
            || trace != nil
    }

    /// Writes the fields in the order that the signature requires.
    func append(to head: inout ByteBuffer, signed fields: inout [SignedField]) throws(LambdaError) {
        func add(_ title: StaticString, _ name: StaticString, _ write: (inout ByteBuffer) -> Void) {
            head.append(title)
            head.append(": " as StaticString)
            let start = head.count
            write(&head)
            fields.append(SignedField(name, start..<head.count))
            head.append("\r\n" as StaticString)
        }
        if let clientContext {
            let count = (clientContext.count + 2) / 3 * 4
            guard count <= LambdaBounds.clientContextBytesMax else {
                throw .refused(
                    .tooLarge(.request),
                    "the client context has \(count) bytes in Base64, and Lambda accepts "
                        + "\(LambdaBounds.clientContextBytesMax) at most"
                )
            }
            add("X-Amz-Client-Context", "x-amz-client-context") {
                Base64.standard.encode(clientContext.bytes.span, to: &$0)
            }
        }
        switch invocationType {
        case .requestResponse: break
        case .event: add("X-Amz-Invocation-Type", "x-amz-invocation-type") { $0.append("Event") }
        case .dryRun: add("X-Amz-Invocation-Type", "x-amz-invocation-type") { $0.append("DryRun") }
        }
        if wantsLogTail { add("X-Amz-Log-Type", "x-amz-log-type") { $0.append("Tail") } }
        if let tenantID {
            guard isTenantID(tenantID) else {
                throw .refused(
                    .invalidRequest,
                    "the tenant id must have 1 to 256 letters, digits, single inner spaces and ._:/=+-@"
                )
            }
            add("X-Amz-Tenant-Id", "x-amz-tenant-id") { $0.append(tenantID) }
        }
        // Not signed, because proxies on the way may add to the value.
        if let trace {
            head.append("X-Amzn-Trace-Id: " as StaticString)
            trace.append(xRayTo: &head)
            head.append("\r\n" as StaticString)
        }
    }
}

/// Outer and doubled spaces are refused, because a signature is computed over the value without them.
private func isTenantID(_ text: String) -> Bool {
    let space = UInt8(ascii: " ")
    guard 1...256 ~= text.utf8.count, text.utf8.first != space, text.utf8.last != space else { return false }
    var previous: UInt8 = 0
    for byte in text.utf8 {
        let isKnown = isLowerOrDigit(byte) || isUpper(byte) || "._:/=+-@ ".utf8.contains(byte)
        if !isKnown || byte == space && previous == space { return false }
        previous = byte
    }
    return true
}
