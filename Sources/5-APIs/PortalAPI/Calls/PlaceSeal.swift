import Bytes
import Crypto

/// Hides the places in lists of calls from the tenants that get them, because a place counts the calls of all tenants.
///
/// Each is bound to its tenant's id. All servers of a store can read it. Any thread.
struct PlaceSeal: Sendable {
    /// The most bytes of a sealed text: a place has at most 1,024 characters.
    static let textMax = 1_536

    private let seal: Seal

    /// - Parameter secret: the store's session secret.
    init(secret: [UInt8]) { seal = Seal(secret: secret, purpose: "portal place") }

    func seal(_ place: String, tenantID: Int64) -> String {
        seal.seal(place.utf8.span, boundTo: Self.bytes(of: tenantID))
    }

    /// The place; nil for a text that wasn't sealed for this tenant.
    func open(_ text: String, tenantID: Int64) -> String? {
        guard text.utf8.count <= Self.textMax,
            let place = seal.open(text.utf8.span, boundTo: Self.bytes(of: tenantID))
        else { return nil }
        return String(validating: place, as: UTF8.self)
    }

    private static func bytes(of id: Int64) -> [UInt8] {
        let word = UInt64(bitPattern: id)
        return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
    }
}
