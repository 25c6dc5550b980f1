import Bytes
import Config
import HTTPClient
import System
import Text

/// A server that a person gave a name: its address, whom to trust, and where the admin token for it is found.
///
/// Its token is sent to its URL only.
struct ServerContext: Sendable, Equatable {
    let name: String
    /// The admin listener's URL; nil for people who only call tools.
    var url: String?
    /// The endpoint for agents.
    var agentsURL: String?
    /// Absolute path of a PEM file with the only authorities to trust.
    var caFile: String?
    var token: TokenSource?
    /// The tenant that `connect` makes configurations for unless it is told another.
    var tenant: String?

    /// The name of the context that everybody has: the store on this machine.
    static let here = "here"

    /// - Throws: `UsageError` for a text that can't be a context's name.
    static func check(name: String) throws(UsageError) {
        let isName =
            (1...50).contains(name.utf8.count) && name.utf8.first.map { $0 != UInt8(ascii: "-") } ?? false
            && name.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || "-_".utf8.contains($0) }
        guard isName else {
            throw UsageError("a context's name is 1 to 50 letters, digits, - and _, not \(quoted(name))")
        }
    }
}

/// Where an admin token is found. The token itself is never given on a command line.
enum TokenSource: Sendable, Equatable {
    /// Absolute path of a file that holds only the token.
    case file(String)
    /// A variable of the environment.
    case variable(String)
    /// The output of a program, such as a password manager.
    case command([String])
    /// Stored in the contexts' file.
    case stored(Secret)

    private static let bytesMax = 4_096
    private static let commandMs = 120_000

    /// The source in words, without the secret.
    var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .variable(let name): "variable \(name)"
        case .command(let words): "command \(words.joined(separator: " "))"
        case .stored: "stored"
        }
    }

    /// Reads the token. May wait for a person.
    /// - Throws: `CommandFailure`, which never contains any part of the token.
    func read(environment: [String: String]) throws -> String {
        switch self {
        case .stored(let secret): return secret.revealedText
        case .variable(let name): return environment[name] ?? ""
        case .file(let path):
            guard let status = Files.status(path) else {
                throw CommandFailure("the token file \(path) isn't there")
            }
            guard status.mode & 0o026 == 0 else {
                throw CommandFailure(
                    "the token file \(path) may be read or changed by others",
                    hint: "`chmod 600 \(path)`"
                )
            }
            do throws(FileError) {
                return String(decoding: try Files.read(path, bytesMax: Self.bytesMax), as: UTF8.self)
            } catch {
                throw CommandFailure("the token file can't be read: \(error)")
            }
        case .command(let words):
            do throws(CommandOutput.Failure) {
                let bytes = try CommandOutput.read(
                    words,
                    environment: environment,
                    bytesMax: Self.bytesMax,
                    within: Self.commandMs
                )
                return String(decoding: bytes, as: UTF8.self)
            } catch {
                throw CommandFailure("`\(words.first ?? "")`, which gives the token, failed: \(error)")
            }
        }
    }
}

/// Validates an admin token that comes from outside.
/// - Parameter place: the source's name for the error.
/// - Throws: `CommandFailure`, which never contains any part of the token.
func adminToken(_ text: String, from place: String) throws(CommandFailure) -> String {
    let token = OutsideValue.trimmed(text)
    guard !token.isEmpty else {
        throw CommandFailure(
            "there is no admin token: \(place) is empty",
            hint: "`mcp-gateway admin-token issue` on the server's host makes one"
        )
    }
    guard token.utf8.count <= 1_024, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw CommandFailure(
            "\(place) holds characters that no token has",
            hint: "give the token alone, on one line"
        )
    }
    return token
}
