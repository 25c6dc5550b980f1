import Bytes
import Crypto
import MCP

/// Wraps what a target wants to get back with a call's next round, its `requestState`, before it goes to the client.
///
/// The client can't read or change it, and it opens only for the call it was made for: the same holder of a credential,
/// target, method, name and arguments, for an hour. No server keeps anything: any replica with the same store opens it. It
/// may come back more than once: whether a target takes it twice is for the target to say.
/// Any thread. Source: MCP 2026-07-28, "Multi Round-Trip Requests", on the integrity of `requestState`
struct RequestStates: Sendable {
    /// The call that a state belongs to.
    struct Binding: Equatable {
        /// `Snapshot.holderID` of the caller.
        var holderID: Int64
        /// The target's id in the store.
        var targetID: Int64
        var method: MCPMethod
        /// The name or URI that agents call it by.
        var name: String
        /// The SHA-256 of the raw bytes of the call's arguments.
        var arguments: Digest
    }

    /// Why a state doesn't open.
    enum Fault: Error, Equatable {
        /// It was changed, or made for another call, another caller, or by another store.
        case foreign
        case expired
    }

    static let lifetimeMs: Int64 = 3_600_000
    /// The longest text that is looked at.
    static let textMax = (AnswerWriter.stateBytesMax + 64) / 3 * 4

    private let seal: Seal

    /// - Parameter secret: the store's session secret; the keys are derived from it.
    init(secret: [UInt8]) { seal = Seal(secret: secret, purpose: "request state") }

    /// What the client gets in the state's place.
    /// - Parameters:
    ///   - state: the target's own, a raw JSON string.
    ///   - nowMs: since 1970.
    func wrap(_ state: Span<UInt8>, for binding: Binding, nowMs: Int64) -> String {
        var plain = ByteBuffer(capacity: state.count + 8)
        plain.append(bits: nowMs + Self.lifetimeMs)
        plain.append(state)
        return seal.seal(plain.bytes.span, boundTo: binding.digest.bytes)
    }

    /// The target's own state, as it wrote it.
    func unwrap(_ text: Span<UInt8>, for binding: Binding, nowMs: Int64) -> Result<[UInt8], Fault> {
        guard text.count <= Self.textMax,
            let plain = seal.open(text, boundTo: binding.digest.bytes), plain.count >= 8
        else { return .failure(.foreign) }
        let expiresAtMs = plain.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard nowMs < Int64(bitPattern: expiresAtMs) else { return .failure(.expired) }
        return .success(Array(plain.dropFirst(8)))
    }
}

extension RequestStates.Binding {
    /// One digest of all that a state is bound to. Texts carry their length, so that no two calls have the same.
    fileprivate var digest: Digest {
        let word = method.rawValue
        var all = ByteBuffer(capacity: 128 + name.utf8.count)
        all.append(bits: holderID)
        all.append(bits: targetID)
        all.append(bits: Int64(word.utf8.count))
        all.append(word.utf8.span)
        all.append(bits: Int64(name.utf8.count))
        all.append(name.utf8.span)
        all.append(arguments.inline.span)
        return SHA256.hash(all.bytes)
    }
}

extension ByteBuffer {
    /// Appends a number's eight bytes, the highest first.
    fileprivate mutating func append(bits value: Int64) {
        let bits = UInt64(bitPattern: value)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }
}
