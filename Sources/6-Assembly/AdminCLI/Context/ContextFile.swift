import Bytes
import Config
import System
import TOML

/// A person's contexts, and the current one: `~/.config/mcp-gateway/contexts.toml`.
///
/// The file may hold tokens, and it names programs to run, so it isn't read unless only its owner has access.
struct ContextFile: Sendable, Equatable {
    /// nil when the user has no home folder, as a service has none.
    let path: String?
    var current: String?
    private(set) var contexts: [ServerContext] = []

    private static let head = """
        # The servers that `mcp-gateway --context NAME` knows. Written by `mcp-gateway context`, which keeps no comments.

        """

    /// The file's path. Source: XDG Base Directory Specification
    static func place(_ environment: [String: String]) -> String? {
        for (name, rest) in [("XDG_CONFIG_HOME", ""), ("HOME", "/.config")] {
            // The specification says that a relative path is to be ignored.
            if let folder = environment[name], folder.hasPrefix("/") {
                return "\(folder == "/" ? "" : folder)\(rest)/mcp-gateway/contexts.toml"
            }
        }
        return nil
    }

    /// Reads the contexts; empty when there is no file.
    /// - Throws: `CommandFailure` when others may read or change the file, or when it is malformed.
    static func load(_ environment: [String: String]) throws -> ContextFile {
        var file = ContextFile(path: place(environment))
        guard let path = file.path, Files.exists(path) else { return file }
        let bytes: [UInt8]
        do throws(FileError) {
            try refuseOthers(path)
            bytes = try Files.read(path, bytesMax: TOMLDocument.bytesMax)
        } catch {
            throw CommandFailure(
                "the contexts can't be read: \(error)",
                hint: "`--context here`, or --url, goes without them"
            )
        }
        let root: TOMLTable
        do throws(TOMLError) { root = try TOMLDocument(parsing: bytes).root } catch {
            throw CommandFailure("\(path):\(error.location.line): \(error.message)")
        }
        do throws(ContextFault) { try file.read(root) } catch {
            throw CommandFailure("\(path):\(error.line): \(error.message)")
        }
        return file
    }

    /// Anybody who can change the file, or replace it, could have a token sent elsewhere.
    private static func refuseOthers(_ path: String) throws(FileError) {
        // The folder of a link's destination is checked as well as the link's own.
        let folders = Set([path, Files.resolved(path)].map { Files.folder(of: $0) }).sorted()
        let rules = [(path, UInt32(0o077), "600", "may be read or changed by others")]
        for (path, bits, right, what) in rules
            + folders.map({ ($0, 0o022, "700", "may be changed by others") })
        {
            guard let status = Files.status(path) else { continue }
            guard status.owner == Files.user || status.owner == 0 else {
                throw FileError(path: path, code: 1, reason: "it belongs to another user")
            }
            guard status.mode & bits == 0 else {
                throw FileError(path: path, code: 1, reason: "it \(what): `chmod \(right) \(path)`")
            }
        }
    }

    /// Replaces the file, whole or not at all.
    func save() throws {
        guard let path else {
            throw CommandFailure("there is no place for contexts", hint: "set HOME or XDG_CONFIG_HOME")
        }
        do throws(FileError) {
            try Files.makeFolders(Files.folder(of: path))
            // A symbolic link is kept, for people who keep their settings in another folder.
            let file = try NewFile(becoming: Files.resolved(path))
            try file.write(Array(text.utf8))
            try file.publish(replacing: true)
        } catch {
            throw CommandFailure("the contexts can't be written: \(error)")
        }
    }

    /// - Throws: `CommandFailure` when there is no context of that name.
    func context(_ name: String) throws -> ServerContext {
        guard let context = contexts.first(where: { $0.name == name }) else {
            let near = nearestName(to: name, in: contexts.map { $0.name })
            throw CommandFailure(
                "there is no context \(quoted(name))\(near.map { "; did you mean \($0)?" } ?? "")",
                hint: "`mcp-gateway context list` shows them"
            )
        }
        return context
    }

    func has(_ name: String) -> Bool { contexts.contains { $0.name == name } }

    mutating func put(_ context: ServerContext) {
        contexts.removeAll { $0.name == context.name }
        contexts.append(context)
        contexts.sort { $0.name < $1.name }
    }

    mutating func remove(_ name: String) {
        contexts.removeAll { $0.name == name }
        if current == name { current = nil }
    }

    var text: String {
        var text = Self.head
        if let current { text += "current = \(tomlString(current))\n" }
        for context in contexts {
            text += "\n[contexts.\(context.name)]\n"
            for (key, value) in context.settings { text += "\(key) = \(value)\n" }
        }
        return text
    }
}

/// A fault of the file, with its line.
private struct ContextFault: Error {
    let line: Int
    let message: String
}

extension ContextFile {
    fileprivate mutating func read(_ root: TOMLTable) throws(ContextFault) {
        for member in root.members {
            switch (member.key, member.value.content) {
            case ("current", .string(let name)): current = name
            case ("contexts", .table(let table)):
                for context in table.members { put(try Self.context(context)) }
            default: throw Self.unknown(member, in: "current and contexts")
            }
        }
        if let current, !has(current) {
            throw ContextFault(
                line: root.member("current")?.location.line ?? 0,
                message: "there is no context \(quoted(current))"
            )
        }
    }

    private static func context(_ member: TOMLTable.Member) throws(ContextFault) -> ServerContext {
        let line = member.location.line
        do throws(UsageError) { try ServerContext.check(name: member.key) } catch {
            throw ContextFault(line: line, message: error.message)
        }
        guard case .table(let table) = member.value.content, member.key != ServerContext.here else {
            throw ContextFault(line: line, message: "\(quoted(member.key)) is not a context")
        }
        var context = ServerContext(name: member.key)
        for setting in table.members {
            let before = context.token
            switch (setting.key, setting.value.content) {
            case ("url", .string(let text)): context.url = text
            case ("agents_url", .string(let text)): context.agentsURL = text
            case ("ca", .string(let text)): context.caFile = text
            case ("tenant", .string(let text)): context.tenant = text
            case ("token_file", .string(let text)): context.token = .file(text)
            case ("token_env", .string(let text)): context.token = .variable(text)
            case ("token", .string(let text)): context.token = .stored(Secret(text))
            case ("token_command", .array(let words)) where !words.isEmpty:
                context.token = .command(try words.map { value throws(ContextFault) in try word(value) })
            default:
                throw unknown(
                    setting,
                    in: "url, agents_url, ca, tenant, token_file, token_env, token_command and token"
                )
            }
            guard before == nil || context.token == before else {
                throw ContextFault(
                    line: setting.location.line,
                    message: "a context has one of token_file, token_env, token_command and token"
                )
            }
        }
        for path in [context.caFile, context.token?.path].compactMap({ $0 }) where !path.hasPrefix("/") {
            throw ContextFault(line: line, message: "\(quoted(path)) must be an absolute path")
        }
        return context
    }

    private static func word(_ value: TOMLValue) throws(ContextFault) -> String {
        guard case .string(let text) = value.content else {
            throw ContextFault(line: value.location.line, message: "a word of token_command must be a string")
        }
        return text
    }

    private static func unknown(_ member: TOMLTable.Member, in names: String) -> ContextFault {
        ContextFault(
            line: member.location.line,
            message:
                "\(quoted(member.key)) with \(member.value.kindInWords) isn't valid here; there are \(names)"
        )
    }
}

extension TokenSource {
    fileprivate var path: String? { if case .file(let path) = self { path } else { nil } }
}

extension ServerContext {
    /// The context's settings as the file writes them.
    fileprivate var settings: [(String, String)] {
        var settings: [(String, String?)] = [
            ("url", url.map { tomlString($0) }), ("agents_url", agentsURL.map { tomlString($0) }),
            ("ca", caFile.map { tomlString($0) }), ("tenant", tenant.map { tomlString($0) }),
        ]
        switch token {
        case .file(let path): settings.append(("token_file", tomlString(path)))
        case .variable(let name): settings.append(("token_env", tomlString(name)))
        case .command(let words):
            settings.append(("token_command", "[\(words.map { tomlString($0) }.joined(separator: ", "))]"))
        case .stored(let secret): settings.append(("token", tomlString(secret.revealedText)))
        case nil: break
        }
        return settings.compactMap { key, value in value.map { (key, $0) } }
    }
}
