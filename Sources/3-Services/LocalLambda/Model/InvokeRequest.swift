package import Bytes
import Crypto
package import HTTP
import JSON

/// The checked headers and body of an Invoke request. Source: AWS Lambda API reference, Invoke
package struct InvokeRequest: Sendable {
    package enum InvocationType: String, Sendable {
        case requestResponse = "RequestResponse"
        case event = "Event"
        case dryRun = "DryRun"

        /// The largest payload in bytes.
        package var payloadMax: Int { self == .event ? 1_048_576 : 6_291_456 }
    }

    /// The largest client context, in characters of Base64.
    static let clientContextMax = 3583

    package let type: InvocationType
    package let wantsLog: Bool
    /// The client context as JSON on one line, so that it can be a header's value; nil when none was sent.
    package let clientContext: String?
    package let tenantID: String?
    package let traceID: String
    /// The event in JSON; `{}` when the body is empty.
    package let event: ByteBuffer

    /// - Parameter allowed: the invocation types of the operation.
    package init(
        _ request: Request,
        epochSeconds: Int64,
        allowed: [InvocationType] = [.event, .requestResponse, .dryRun]
    ) throws(ServiceError) {
        type = try Self.choice(
            request.header("x-amz-invocation-type"),
            at: "invocationType",
            allowed
        )
        let logType = request.header("x-amz-log-type") ?? "None"
        guard logType == "None" || logType == "Tail" else {
            throw Self.unknownChoice(logType, at: "logType", names: "None, Tail")
        }
        wantsLog = logType == "Tail"
        tenantID = try Self.tenant(request.header("x-amz-tenant-id"))
        traceID = Self.trace(request.header("x-amzn-trace-id"), epochSeconds: epochSeconds)
        let context = type == .event ? nil : request.header("x-amz-client-context")
        clientContext = try context.map { (text) throws(ServiceError) in try Self.clientContext(text) }
        event = try Self.event(request, type)
    }

    private static func event(_ request: Request, _ type: InvocationType) throws(ServiceError) -> ByteBuffer {
        guard request.body.count <= type.payloadMax else {
            throw .payloadTooLarge(request.body.count, type: type.rawValue, limit: type.payloadMax)
        }
        if request.body.isEmpty { return ByteBuffer("{}") }
        let body = ByteBuffer(request.bytes, request.body)
        do throws(JSONError) {
            _ = try JSON.validate(body.bytes.span)
        } catch {
            throw PayloadFault.error(error, in: body.bytes.span)
        }
        return body
    }

    private static func choice(
        _ text: String?,
        at key: String,
        _ values: [InvocationType]
    ) throws(ServiceError) -> InvocationType {
        guard let text else { return .requestResponse }
        guard let value = InvocationType(rawValue: text), values.contains(value) else {
            throw unknownChoice(text, at: key, names: values.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    private static func unknownChoice(_ text: String, at key: String, names: String) -> ServiceError {
        let rule = "Member must satisfy enum value set: [\(names)]"
        return .validation(["Value '\(text)' at '\(key)' failed to satisfy constraint: \(rule)"])
    }

    private static func tenant(_ text: String?) throws(ServiceError) -> String? {
        guard let text else { return nil }
        var faults: [String] = []
        let marks = Set("._:/=+-@ ".utf8)
        if !text.utf8.allSatisfy({ $0.isNameByte || marks.contains($0) }) || text.isEmpty {
            faults.append(#"Member must satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+"#)
        }
        if text.utf8.count > 256 { faults.append("Member must have length less than or equal to 256") }
        guard faults.isEmpty else {
            throw .validation(
                faults.map { "Value '\(text)' at 'tenantId' failed to satisfy constraint: \($0)" }
            )
        }
        return text
    }

    /// The caller's own trace, completed if it has no parent; a new, unsampled one if the caller sent none.
    private static func trace(_ text: String?, epochSeconds: Int64) -> String {
        if let text, text.contains("Root="), text.utf8.count <= 512 {
            if text.contains("Parent=") { return text }
            return "\(text);Parent=\(hex(.random(in: .min ... .max)));Sampled=0"
        }
        let random = hex(.random(in: .min ... .max)) + hex(.random(in: .min ... .max))
        let root = "1-\(hex(UInt64(clamping: epochSeconds)).suffix(8))-\(random.prefix(24))"
        return "Root=\(root);Parent=\(hex(.random(in: .min ... .max)));Sampled=0"
    }

    private static func clientContext(_ text: String) throws(ServiceError) -> String {
        guard text.utf8.count <= clientContextMax else {
            throw .invalidContent("Client context must be at most \(clientContextMax) bytes of Base64.")
        }
        guard let bytes = Base64.standard.decode(text), let value = try? JSON.validate(bytes.span),
            JSON.kind(bytes.span, at: value) == .object
        else { throw .invalidContent("Client context must be a valid Base64-encoded JSON object.") }
        return oneLine(bytes[value])
    }

    /// JSON without the bytes that a header's value may not hold. Raw control characters are only white space in JSON,
    /// except DEL, which may be in strings.
    private static func oneLine(_ json: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in json {
            switch byte {
            case ..<32: out.append(UInt8(ascii: " "))
            case 127: out.append(contentsOf: #"\u007f"#.utf8)
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension ByteBuffer {
    /// The bytes of `range`, copied.
    package init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.init(capacity: range.count)
        append(bytes, range)
    }
}
