/// The engines that can keep a database.
package enum DatabaseEngine: Sendable {
    case sqlite
}

/// Where a database is, and thereby which engine keeps it. A process may have several open.
package enum DatabaseLocation: Sendable, Equatable {
    /// A file, or for the path `:memory:` a private database in memory.
    case sqlite(path: String)

    /// The file, for an engine that keeps its database in one; nil when no file on this machine holds it.
    package var file: DatabaseFile? {
        switch self {
        case .sqlite(":memory:"): nil
        case .sqlite(let path): DatabaseFile(path: path)
        }
    }
}

extension DatabaseLocation: CustomStringConvertible {
    /// The name that operators use for it. Holds no secret.
    package var description: String {
        switch self {
        case .sqlite(let path): path
        }
    }
}
