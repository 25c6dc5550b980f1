import CLinux

/// What this process itself may use: descriptors and memory. Any thread.
package enum ProcessResources {
    /// Raises the soft limit of open descriptors to the hard one; children get the old one back.
    /// - Returns: the limit in force; nil when the system doesn't tell.
    package static func raiseDescriptorLimit() -> Int? {
        let limit = linux_raise_descriptors()
        return limit < 0 ? nil : Int(limit)
    }

    /// Makes the allocator give large blocks back as they are freed. Once, at start.
    package static func tuneMemory() { linux_tune_memory(Int64(mappedBytesMin)) }

    /// Gives free memory back to the system. Takes milliseconds.
    package static func trimMemory() { linux_trim_memory() }

    /// The smallest allocation with a mapping of its own. It is larger than the buffers of ordinary requests and
    /// answers, which are made and freed all the time: their mappings would cost more than the work on them.
    private static let mappedBytesMin = 256 * 1024
}
