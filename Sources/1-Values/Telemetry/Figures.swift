/// The resources that the process uses, as the caller read them from the system.
package struct ProcessFigures: Sendable, Equatable {
    /// User and system time.
    package var cpuSeconds: Double
    package var residentBytes: Int
    package var virtualBytes: Int
    package var openDescriptors: Int
    package var descriptorsMax: Int
    package var threads: Int
    /// Seconds since 1970.
    package var startSeconds: Double

    package init(
        cpuSeconds: Double,
        residentBytes: Int,
        virtualBytes: Int,
        openDescriptors: Int,
        descriptorsMax: Int,
        threads: Int,
        startSeconds: Double
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.virtualBytes = virtualBytes
        self.openDescriptors = openDescriptors
        self.descriptorsMax = descriptorsMax
        self.threads = threads
        self.startSeconds = startSeconds
    }
}

/// One target's part of the catalog, from the snapshot.
package struct CatalogFigures: Sendable, Equatable {
    package var target: String
    package var tools: Int
    /// The time since its tools were last read with success; `nil` when they never were.
    package var ageSeconds: Double?
    /// When that was, in milliseconds since 1970.
    package var refreshedAtMs: Int64?
    /// Whether the last refresh failed.
    package var isFailing: Bool
    /// Tools that it lists and that aren't served.
    package var refusedTools: Int
    /// Tools that are served otherwise than it sent them.
    package var changedTools: Int
    /// Whether its calls fail, by `CallFigures.areFailing`.
    package var areCallsFailing: Bool

    package init(
        target: String,
        tools: Int,
        ageSeconds: Double?,
        refreshedAtMs: Int64? = nil,
        isFailing: Bool,
        refusedTools: Int = 0,
        changedTools: Int = 0,
        areCallsFailing: Bool = false
    ) {
        self.target = target
        self.tools = tools
        self.ageSeconds = ageSeconds
        self.refreshedAtMs = refreshedAtMs
        self.isFailing = isFailing
        self.refusedTools = refusedTools
        self.changedTools = changedTools
        self.areCallsFailing = areCallsFailing
    }
}
