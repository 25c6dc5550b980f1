import JSON
import System

/// What the options of `target add` and `target update` declare.
struct DeclarationWords: Sendable {
    /// By the names of the API. An empty text clears what may be cleared.
    private let texts: [(member: String, text: String?)]
    private let pins: String?
    private let allowsHidden: String?
    private let toolsFile: String?

    private static let toolsBytesMax = 4 << 20
    /// These are cleared by null; the others have no empty form, and the API says so.
    private static let clearable = ["region", "qualifier", "endpoint", "description"]

    init(_ words: ParsedWords) {
        texts = [
            "function", "contract", "region", "qualifier", "endpoint", "approval", "timeout", "description",
        ].map { ($0, words.option("--\($0)")) }
        pins = words.option("--pin-definitions")
        allowsHidden = words.option("--allow-hidden")
        toolsFile = words.option("--tools")
    }

    var isEmpty: Bool {
        texts.allSatisfy { $0.text == nil } && toolsFile == nil && pins == nil && allowsHidden == nil
    }

    /// The members of a request's body. Reads the file of `--tools`; an empty name clears what was declared before.
    func members(adding: Bool) throws -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = []
        for (member, text) in texts {
            guard let text else { continue }
            if text.isEmpty, Self.clearable.contains(member) {
                if !adding { members.append((member, .null)) }
            } else {
                members.append((member, .string(text)))
            }
        }
        if let pins {
            guard ["true", "false", ""].contains(pins) else {
                throw UsageError("--pin-definitions is true or false")
            }
            members.append(("pinDefinitions", pins.isEmpty ? .null : .bool(pins == "true")))
        }
        if let allowsHidden {
            guard ["true", "false"].contains(allowsHidden) else {
                throw UsageError("--allow-hidden is true or false")
            }
            members.append(("allowHidden", .bool(allowsHidden == "true")))
        }
        if let toolsFile { members.append(("tools", toolsFile.isEmpty ? .null : try tools(toolsFile))) }
        return members
    }

    private func tools(_ file: String) throws -> JSONValue {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try Files.read(file, bytesMax: Self.toolsBytesMax)
        } catch {
            throw CommandFailure("the file of --tools can't be read: \(error)")
        }
        do throws(JSONError) {
            // Editors on Windows put a byte-order mark at the start. Source: RFC 8259 §8.1
            let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            return try JSONValue(parsing: bytes.span, in: start..<bytes.count)
        } catch {
            throw CommandFailure("the file of --tools, \(file), is no JSON: \(error.description)")
        }
    }
}
