import JSON
import System

/// A client's configuration with the gateway added and everything else kept.
struct ClientFile: Sendable {
    let path: String
    private let before: JSONObject?
    private let indent: String
    /// The existing file's mode.
    let mode: UInt32?

    private static let bytesMax = 8 << 20

    /// Reads the existing file.
    /// - Throws: `CommandFailure` when it can't be read or isn't plain JSON: then it is left unchanged.
    init(_ path: String) throws {
        self.path = path
        guard Files.exists(path) else {
            before = nil
            indent = "  "
            mode = nil
            return
        }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(path, bytesMax: Self.bytesMax) } catch {
            throw CommandFailure("the client's file can't be read: \(error)")
        }
        mode = Files.status(path)?.mode
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes[start...].allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
            before = JSONObject()
            indent = "  "
            return
        }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes.span, in: start..<bytes.count) } catch {
            throw CommandFailure(
                "\(path) is not plain JSON, without comments and trailing commas: \(error.description)",
                hint: "put the lines above into it by hand; it was left as it is"
            )
        }
        guard let object = value.objectValue else {
            throw CommandFailure("\(path) doesn't hold a JSON object", hint: "it was left as it is")
        }
        before = object
        indent = Self.indent(of: String(decoding: bytes[start...], as: UTF8.self))
    }

    /// The indentation that the file itself uses.
    private static func indent(of text: String) -> String {
        for line in text.split(separator: "\n").dropFirst() {
            let space = line.prefix { $0 == " " || $0 == "\t" }
            if !space.isEmpty { return String(space.prefix(8)) }
        }
        return "  "
    }

    /// The file's text with the gateway added; nil when it needs no change.
    /// - Throws: `CommandFailure` when a member has another form than expected.
    func merged(_ client: AgentClient, _ entry: AgentClient.Entry) throws -> String? {
        var root = before ?? JSONObject()
        if let input = client.input(entry) {
            guard var inputs = (root["inputs"] ?? []).arrayValue else { throw other("inputs", "an array") }
            if !inputs.contains(where: { $0["id"] == input["id"] }) { inputs.append(input) }
            root["inputs"] = .array(inputs)
        }
        guard var servers = (root[client.serversMember] ?? [:]).objectValue else {
            throw other(client.serversMember, "an object")
        }
        servers[entry.name] = .object(try server(client, entry, in: servers[entry.name]))
        root[client.serversMember] = .object(servers)
        return root == before ? nil : prettyText(.object(root), unit: indent) + "\n"
    }

    /// Whatever a person set besides address and key is kept.
    private func server(
        _ client: AgentClient,
        _ entry: AgentClient.Entry,
        in there: JSONValue?
    ) throws -> JSONObject {
        var server = JSONObject()
        if let there {
            guard let object = there.objectValue, object["command"] == nil else {
                throw CommandFailure(
                    "\(path) has another server of the name \(entry.name), which is a program",
                    hint: "choose another name with --name"
                )
            }
            server = object
        }
        for member in client.server(entry).objectValue?.members ?? [] {
            guard member.key == "headers", var headers = server["headers"]?.objectValue else {
                server[member.key] = member.value
                continue
            }
            for header in headers.members where header.key.lowercased() == "authorization" {
                headers[header.key] = nil
            }
            for header in member.value.objectValue?.members ?? [] { headers[header.key] = header.value }
            server["headers"] = .object(headers)
        }
        return server
    }

    private func other(_ member: String, _ wanted: String) -> CommandFailure {
        CommandFailure("\(quoted(member)) of \(path) isn't \(wanted)", hint: "it was left as it is")
    }
}
