import Bytes
import Crypto
package import MCP
package import Policy

/// Makes and reads legacy session ids: self-contained, signed, and bound to the credential's holder.
///
/// No server stores a session: any replica with the same store accepts its id, also after a restart. Stored is only which
/// sessions their clients have ended (`EndedSessions`). A session id grants nothing, because every request is authenticated by its own credential, whose holder must be the one that
/// opened the session.
/// One per loop, because it holds a key context. Source: MCP 2025-11-25 transports, "Session Management".
package final class SessionIDs {
    /// The values that a session was opened with.
    package struct Session: Equatable, Sendable {
        package let version: ProtocolVersion
        /// The client's name for itself; empty when it gave none.
        package let client: String
        /// What the client can be asked for; nothing for sessions of older servers.
        package let capabilities: InputCapabilities
        /// What tells the session from all others; nil for one without an id.
        package internal(set) var mark: SessionMark?

        package init(
            version: ProtocolVersion,
            client: String = "",
            capabilities: InputCapabilities = []
        ) {
            self.version = version
            self.client = client
            self.capabilities = capabilities
        }
    }

    /// The formats of ids: `plain` without the client's name and `named` with it, as older servers made them, and `placed`, also
    /// with the client's capabilities and the process that opened the session.
    private static let formats: (plain: UInt8, named: UInt8, placed: UInt8) = (1, 2, 3)
    /// The bytes before the client's name, or before the capabilities.
    private static let plainBytes = 26
    private static let placedBytes = plainBytes + 5
    private static let codeBytes = 16
    private static let bytesMax = placedBytes + ClientName.bytesMax + codeBytes
    /// The characters of the visible end that names the process, such as `.p0a1b2c3d`.
    private static let suffixCount = 10
    package static let lifetimeMs = SessionMark.lifetimeMs

    private let key: HMACKey
    private let process: ProcessMark

    /// - Parameters:
    ///   - secret: the store's session secret; the signing key is derived from it.
    ///   - process: this process, which its sessions name.
    package init(secret: [UInt8], process: ProcessMark = ProcessMark()) {
        self.process = process
        key = HMACKey(HMACKey(secret).authenticate("mcp-gateway legacy session id v1"))
    }

    /// A new id for a session of the holder with that `Snapshot.holderID`: 63 characters of `[A-Za-z0-9_-]`, up to 86 more for
    /// the client's name, of which at most `ClientName.bytesMax` bytes are taken, and the end.
    ///
    /// It ends with `.p` and the eight digits of this process, so that a load balancer can send all of the session there: a
    /// question's answer, a call's cancellation and its stream, watched resources and the level of logs are known there alone.
    package func mint(_ session: Session, holderID: Int64, nowMs: Int64) -> String {
        var plain = ByteBuffer(capacity: Self.bytesMax)
        plain.append(Self.formats.placed)
        plain.append(Self.code(of: session.version))
        appendInteger(holderID, to: &plain)
        appendInteger(nowMs, to: &plain)
        plain.append(contentsOf: randomBytes(8))
        plain.append(session.capabilities.rawValue)
        plain.append(contentsOf: process.bytes)
        for byte in session.client.utf8.prefix(ClientName.bytesMax) { plain.append(byte) }
        let code = key.authenticate(plain.bytes.span)
        plain.append(code.inline.span.extracting(0..<Self.codeBytes))
        return "\(Base64.url.encode(plain.bytes)).p\(process)"
    }

    /// The session of an id; nil for an id that wasn't made with this secret for this holder, or is too old.
    package func open(_ text: Span<UInt8>, holderID: Int64, nowMs: Int64) -> Session? {
        let suffix = Self.suffix(of: text)
        let isPlaced = !suffix.isEmpty
        let plainBytes = isPlaced ? Self.placedBytes : Self.plainBytes
        let signed = text.extracting(0..<text.count - suffix.count)
        guard signed.count <= (Self.bytesMax * 4 + 2) / 3, let bytes = Base64.url.decode(signed),
            bytes.count >= plainBytes + Self.codeBytes
        else { return nil }
        let end = bytes.count - Self.codeBytes
        let plain = bytes.span.extracting(0..<end)
        let code = key.authenticate(plain)
        guard
            constantTimeEquals(
                code.inline.span.extracting(0..<Self.codeBytes),
                bytes.span.extracting(end..<bytes.count)
            ),
            bytes[0] == Self.format(isPlaced, isNamed: end > plainBytes),
            let version = Self.version(of: bytes[1]),
            integer(bytes, at: 2) == holderID
        else { return nil }
        let openedMs = integer(bytes, at: 10)
        // Replicas' clocks may differ a little.
        guard nowMs - openedMs > -300_000, nowMs - openedMs < Self.lifetimeMs else { return nil }
        if isPlaced {
            // The end that routers see is the one that was signed.
            let name = bytes[Self.plainBytes + 1..<plainBytes]
            guard text.equals(suffix, ".p\(ProcessMark(name))".utf8.span) else { return nil }
        }
        var session = Session(
            version: version,
            client: bytes.span.text(plainBytes..<end),
            capabilities: isPlaced ? InputCapabilities(rawValue: bytes[Self.plainBytes]) : []
        )
        session.mark = SessionMark(
            holderID: holderID,
            openedMs: openedMs,
            code: SessionCode(bytes[end...])
        )
        return session
    }

    private static func format(_ isPlaced: Bool, isNamed: Bool) -> UInt8 {
        isPlaced ? formats.placed : isNamed ? formats.named : formats.plain
    }

    /// Where the visible end of an id lies; empty when it has none.
    private static func suffix(of text: Span<UInt8>) -> Range<Int> {
        let start = text.count - suffixCount
        guard start >= 0, text[start] == UInt8(ascii: ".") else { return text.count..<text.count }
        return start..<text.count
    }

    private static func code(of version: ProtocolVersion) -> UInt8 {
        switch version {
        case .v20250326: 1
        case .v20250618: 2
        case .v20251125: 3
        case .v20260728: 0
        }
    }

    private static func version(of code: UInt8) -> ProtocolVersion? {
        switch code {
        case 1: .v20250326
        case 2: .v20250618
        case 3: .v20251125
        default: nil
        }
    }

    private func appendInteger(_ value: Int64, to out: inout ByteBuffer) {
        let bits = UInt64(bitPattern: value)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            out.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }

    private func integer(_ bytes: [UInt8], at offset: Int) -> Int64 {
        var bits: UInt64 = 0
        for index in offset..<offset + 8 { bits = bits << 8 | UInt64(bytes[index]) }
        return Int64(bitPattern: bits)
    }
}
