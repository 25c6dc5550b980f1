package import Bytes
import JSON

/// What a function learns about its caller; never the credential.
///
/// These members are the gateway's own: a client can neither write nor remove them.
package struct CallerIdentity: Sendable, Equatable {
    package var tenant: String
    /// The public part of the key; nil for a token.
    package var keyPrefix: String?
    /// The token's subject; nil for a key.
    package var subject: String?
    /// The gateway's id of the call.
    package var requestID: CallID
    /// When the gateway stops waiting, in milliseconds since 1970.
    package var deadlineMs: Int64

    package init(
        tenant: String,
        keyPrefix: String? = nil,
        subject: String? = nil,
        requestID: CallID,
        deadlineMs: Int64
    ) {
        self.tenant = tenant
        self.keyPrefix = keyPrefix
        self.subject = subject
        self.requestID = requestID
        self.deadlineMs = deadlineMs
    }

    /// Appends `"mcp-gateway/caller":{"tenant":…,"keyPrefix":…,"requestId":…,"deadlineMs":…}`, a member of a message's
    /// `_meta`; `subject` in the place of `keyPrefix` for a token.
    package func appendMetaMember(to out: inout ByteBuffer) {
        out.append("\"mcp-gateway/caller\":{\"tenant\":")
        JSON.appendString(tenant, to: &out)
        if let keyPrefix { append(",\"keyPrefix\":", keyPrefix, to: &out) }
        if let subject { append(",\"subject\":", subject, to: &out) }
        out.append(",\"requestId\":\"")
        requestID.append(to: &out)
        out.append("\",\"deadlineMs\":")
        out.append(decimal: Int(deadlineMs))
        out.append(UInt8(ascii: "}"))
    }

    /// Adds the caller to a call's client context, beside what the contract writes there: members of `custom` that
    /// start with `mcpGateway`, all strings, as the runtimes of Java, Go and .NET accept no other values there.
    /// - Throws: `.tooLarge` when Lambda would refuse the whole client context.
    package func add(to event: inout CallEvent) throws(ContractError) {
        var members = ByteBuffer(capacity: 256)
        members.append("\"mcpGatewayTenant\":")
        JSON.appendString(tenant, to: &members)
        if let keyPrefix { append(",\"mcpGatewayKeyPrefix\":", keyPrefix, to: &members) }
        if let subject { append(",\"mcpGatewaySubject\":", subject, to: &members) }
        members.append(",\"mcpGatewayRequestId\":\"")
        requestID.append(to: &members)
        members.append("\",\"mcpGatewayDeadlineMs\":\"")
        members.append(decimal: Int(deadlineMs))
        members.append(UInt8(ascii: "\""))
        event.clientContext = Self.adding(members, toCustomOf: event.clientContext)
        guard let count = event.clientContext?.count, count > CallEvent.clientContextBytesMax else { return }
        throw .tooLarge(
            "The call can't be sent: its client context, with the caller and the tool, has \(count) bytes, and Lambda "
                + "takes \(CallEvent.clientContextBytesMax). The operator can switch the target's caller_identity off."
        )
    }

    private func append(_ key: StaticString, _ text: String, to out: inout ByteBuffer) {
        out.append(key)
        JSON.appendString(text, to: &out)
    }

    /// - Parameter context: what a contract wrote: an object, with `custom` or without.
    private static func adding(_ members: ByteBuffer, toCustomOf context: ByteBuffer?) -> ByteBuffer {
        var out = ByteBuffer(capacity: (context?.count ?? 16) + members.count + 16)
        let bytes = context?.bytes ?? []
        guard let context, let custom = JSON.member("custom", of: 0..<context.count, in: bytes.span),
            bytes[custom.lowerBound] == UInt8(ascii: "{")
        else {
            // No contract writes one without `custom`.
            out.append("{\"custom\":{")
            out.append(contentsOf: members.bytes)
            out.append("}}")
            return out
        }
        let start = custom.lowerBound + 1
        out.append(bytes.span.extracting(..<start))
        out.append(contentsOf: members.bytes)
        if bytes[start] != UInt8(ascii: "}") { out.append(UInt8(ascii: ",")) }
        out.append(bytes.span.extracting(start...))
        return out
    }
}
