/// The engines that a database can be kept by.
package enum DatabaseEngine: Sendable {
    case sqlite
}

/// Where a database is, and with it which engine keeps it. A process may have several open.
package enum DatabaseLocation: Sendable, Equatable {
    /// A file, or for the path `:memory:` a private database in memory.
    case sqlite(path: String)
}
