import Bytes
import JSON
import Text

/// The client's own name, as it is kept with calls: it proves nothing.
package enum ClientName {
    /// The most bytes of UTF-8.
    package static let bytesMax = 64

    /// Name and version of a `clientInfo` object, with a space between; empty when it has no name.
    /// Source: MCP schema, "Implementation"
    package static func text(info: Range<Int>, in bytes: Span<UInt8>) -> String {
        let name = text("name", of: info, in: bytes)
        guard !name.isEmpty else { return "" }
        let version = text("version", of: info, in: bytes)
        return KeptText.of("\(name) \(version)", bytesMax: bytesMax)
    }

    /// The name in a User-Agent header.
    package static func text(agent: Range<Int>, in bytes: Span<UInt8>) -> String {
        let end = min(agent.upperBound, agent.lowerBound + 4 * bytesMax)
        return KeptText.of(bytes.text(agent.lowerBound..<end), bytesMax: bytesMax)
    }

    private static func text(_ member: StaticString, of info: Range<Int>, in bytes: Span<UInt8>) -> String {
        guard let value = JSON.member(member, of: info, in: bytes), let name = JSONName(bytes, at: value)
        else {
            return ""
        }
        return KeptText.of(name.text(in: bytes), bytesMax: bytesMax)
    }
}
