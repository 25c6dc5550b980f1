import Bytes
import Crypto

/// One row of the audit log.
package struct AuditEvent: Sendable, Equatable {
    /// Counted from 1 without a gap.
    package var id: Int64
    package var atMs: Int64
    package var actor: String
    package var action: String
    package var object: String
    /// The name of the tenant that the event concerns, if any.
    package var tenant: String?
    /// JSON of the changed values before the change; `nil` for a new object.
    package var before: String?
    /// JSON of the changed values after the change; `nil` for a removed object.
    package var after: String?
    package var requestID: String?
    /// The hash that the event was stored with, 64 hexadecimal digits; `nil` before it is stored.
    package var storedHash: String?

    /// Takes the place of a previous event's hash at the first event.
    static let firstHash = [UInt8](repeating: 0, count: 32)

    /// SHA-256 over the previous event's hash and this event's fields, each with its length before it, so that no
    /// two events give the same bytes.
    func hash(after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        for field in ["\(id)", "\(atMs)", actor, action, object, tenant, before, after, requestID] {
            let text = field.map { Array($0.utf8) }
            // -1 tells a missing field from an empty one.
            let count = Int64(text?.count ?? -1)
            for shift in stride(from: Int64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> shift))
            }
            bytes += text ?? []
        }
        return SHA256.hash(bytes).bytes
    }
}
