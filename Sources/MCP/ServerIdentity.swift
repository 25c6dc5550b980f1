import Bytes
import JSON

/// Who answers: what `server/discover`, `initialize` and every modern result say about the gateway.
package struct ServerIdentity: Sendable {
    package let name: String
    package let version: String
    package let instructions: String?
    /// The raw object `{"name":…,"version":…}`, made once as it stands in every modern answer.
    let raw: ByteBuffer
    /// The member of `_meta` that names the server, and a `_meta` that holds nothing else, without a comma.
    private let metaMember: ByteBuffer
    private let meta: ByteBuffer

    /// `instructions` enter a model's prompt: let them be the operator's own words.
    package init(name: String, version: String, title: String? = nil, instructions: String? = nil) {
        self.name = name
        self.version = version
        self.instructions = instructions
        var raw = ByteBuffer("{")
        JSON.appendKey("name", to: &raw)
        JSON.appendString(name, to: &raw)
        if let title {
            JSON.appendKey("title", to: &raw)
            JSON.appendString(title, to: &raw)
        }
        JSON.appendKey("version", to: &raw)
        JSON.appendString(version, to: &raw)
        raw.append("}")
        self.raw = raw
        var metaMember = ByteBuffer()
        JSON.appendKey("io.modelcontextprotocol/serverInfo", to: &metaMember)
        metaMember.append(contentsOf: raw.bytes)
        var meta = ByteBuffer("\"_meta\":{")
        meta.append(contentsOf: metaMember.bytes)
        meta.append("}")
        self.metaMember = metaMember
        self.meta = meta
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
