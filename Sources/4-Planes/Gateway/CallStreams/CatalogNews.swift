package import Policy

/// Hears what functions say of their own lists while they run: the port to the refresh of the catalog. Any thread.
package protocol CatalogNews: Sendable {
    /// A function of the target has said that one of its lists has changed. A hint, which may come any number of times.
    func listsChanged(of target: TargetEntry)
}
