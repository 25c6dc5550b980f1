import Bytes
import JSON

/// The gateway's identity as `server/discover`, `initialize` and every modern result state it. A class, as each answer
/// refers to it and it holds seven texts.
package final class ServerIdentity: Sendable {
    package let name: String
    package let version: String
    package let instructions: String?
    /// The raw object `{"name":…,"title":…,"version":…}`, and the same without a title.
    private let info: ByteBuffer
    private let untitledInfo: ByteBuffer
    /// The member of `_meta` that names the server, without a comma.
    private let metaMember: ByteBuffer
    /// A `_meta` that holds nothing but that member, without a comma.
    let meta: ByteBuffer

    /// `instructions` enter a model's prompt: they must be written by the gateway or the operator.
    package init(name: String, version: String, title: String? = nil, instructions: String? = nil) {
        self.name = name
        self.version = version
        self.instructions = instructions
        untitledInfo = Self.info(name, nil, version)
        info = Self.info(name, title, version)
        var metaMember = ByteBuffer()
        JSON.appendKey("io.modelcontextprotocol/serverInfo", to: &metaMember)
        metaMember.append(contentsOf: info.bytes)
        var meta = ByteBuffer("\"_meta\":{")
        meta.append(contentsOf: metaMember.bytes)
        meta.append("}")
        self.metaMember = metaMember
        self.meta = meta
    }

    private static func info(_ name: String, _ title: String?, _ version: String) -> ByteBuffer {
        var info = ByteBuffer("{")
        JSON.appendKey("name", to: &info)
        JSON.appendString(name, to: &info)
        if let title {
            JSON.appendKey("title", to: &info)
            JSON.appendString(title, to: &info)
        }
        JSON.appendKey("version", to: &info)
        JSON.appendString(version, to: &info)
        info.append("}")
        return info
    }

    /// Appends `serverInfo` as a client of that version knows it: a title only from 2025-06-18 on.
    func appendInfo(for version: ProtocolVersion, to out: inout ByteBuffer) {
        out.append(contentsOf: version >= .v20250618 ? info.bytes : untitledInfo.bytes)
    }

    /// Appends the member of `_meta` that names the server.
    func appendMetaMember(to out: inout ByteBuffer) {
        JSON.appendSeparator(to: &out)
        out.append(contentsOf: metaMember.bytes)
    }

    /// Appends a `_meta` that holds nothing else.
    func appendMeta(to out: inout ByteBuffer) {
        JSON.appendSeparator(to: &out)
        out.append(contentsOf: meta.bytes)
    }
}
