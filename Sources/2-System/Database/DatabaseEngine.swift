/// The engines that a database can be kept by.
package enum DatabaseEngine: Sendable {
    case sqlite
}

/// Where a database is, and with it which engine keeps it. A process may have several open.
package enum DatabaseLocation: Sendable, Equatable {
    /// A file, or for the path `:memory:` a private database in memory.
    case sqlite(path: String)

    /// The file, for an engine that keeps one; nil where there is nothing on this machine to look at.
    package var file: DatabaseFile? {
        switch self {
        case .sqlite(":memory:"): nil
        case .sqlite(let path): DatabaseFile(path: path)
        }
    }
}

extension DatabaseLocation: CustomStringConvertible {
    /// As operators name it. Holds no secret.
    package var description: String {
        switch self {
        case .sqlite(let path): path
        }
    }
}
