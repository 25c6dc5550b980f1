import Bytes
import Crypto
import Database
import System

/// The names under which running servers listen beside the store's file, e.g. `.gateway.db-serve-1f0c2a9b`.
///
/// The names don't match a pattern such as `gateway.db*`: someone who removes the store by it must still learn that a
/// server has it open.
enum ServerName {
    /// A new name for a server on the store in that file.
    static func make(_ file: DatabaseFile) -> (folder: String, name: String) {
        let place = file.place
        return (place.folder, prefix(place.name) + Hex.encode(randomBytes(4)))
    }

    /// The names of servers on the store in that file, including those of killed servers.
    static func all(_ file: DatabaseFile) -> (folder: String, names: [String]) {
        let place = file.place
        let prefix = prefix(place.name)
        let names = (try? Files.names(inFolder: place.folder)) ?? []
        return (
            place.folder,
            names.filter { $0.hasPrefix(prefix) && $0.utf8.count == prefix.utf8.count + 8 }
        )
    }

    /// A socket's name is short, so the store's name is cut. Stores whose names begin alike are told apart by the
    /// servers' answers.
    private static func prefix(_ name: String) -> String {
        "." + String(decoding: name.utf8.prefix(40), as: UTF8.self) + "-serve-"
    }
}

/// A question to a server, always about the file that it has open.
enum ServerQuestion: String {
    /// Which version is in force? `in-force 8675309`, with the inode of the store's file.
    case inForce = "in-force"
    /// Where is its admin API, and which token admits to it?
    case door

    func text(inode: UInt64) -> String { "\(rawValue) \(inode)" }

    /// The question and the inode; nil for any other text.
    static func parse(_ text: String) -> (question: ServerQuestion, inode: UInt64)? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let question = ServerQuestion(rawValue: String(words[0])),
            let inode = UInt64(words[1])
        else { return nil }
        return (question, inode)
    }

    /// The answer of a server that has another file open.
    static let otherFile = "other-file"
    /// The answer to an unknown question, and the answer of a server that can't give access to its admin API.
    static let unknown = "unknown"
}
