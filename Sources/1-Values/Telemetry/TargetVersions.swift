import Bytes
import Locks
import Synchronization

/// Calls of one target by the version of its function that ran, and what Lambda reported of them.
///
/// A call costs a hash of the version's name, a look at no more than nine words and one relaxed atomic add: no lock, no
/// allocation, any thread. Bounded: the first `versionsMax` versions of the process's life have figures of their own;
/// later ones are counted as `other`.
package final class TargetVersions: Sendable {
    package static let versionsMax = 16
    package static let other = "other"

    private struct Slot: ~Copyable {
        /// The hash of the version's name; 0 as long as nobody has the slot.
        let key = Atomic<UInt64>(0)
        let calls = Atomic<UInt64>(0)
        let reports = Atomic<UInt64>(0)
        let coldStarts = Atomic<UInt64>(0)
        let initUs = Atomic<UInt64>(0)
        let billedMs = Atomic<UInt64>(0)
        let memoryUsedMB = Atomic<UInt64>(0)
    }

    /// The last one is that of the others.
    private let slots = InlineArray<17, Slot> { _ in Slot() }
    /// In the slots' order.
    private let names = Locked<[String]>([])

    package init() {}

    /// A call was answered by that version, with a result or an error.
    package func answered(by version: Span<UInt8>) {
        slots[slot(of: version)].calls.wrappingAdd(1, ordering: .relaxed)
    }

    /// What Lambda reported of a call that `answered` has counted.
    package func reported(_ report: ReportedCall, by version: Span<UInt8>) {
        let slot = slot(of: version)
        slots[slot].reports.wrappingAdd(1, ordering: .relaxed)
        slots[slot].billedMs.wrappingAdd(UInt64(max(0, report.billedMs)), ordering: .relaxed)
        slots[slot].memoryUsedMB.max(UInt64(max(0, report.memoryUsedMB)), ordering: .relaxed)
        guard let initUs = report.initUs else { return }
        slots[slot].coldStarts.wrappingAdd(1, ordering: .relaxed)
        slots[slot].initUs.wrappingAdd(UInt64(max(0, initUs)), ordering: .relaxed)
    }

    /// The figures of each version since the process's start, in order of the names' length and then the names, so that
    /// 9 comes before 10.
    package var figures: [VersionFigures] {
        let names = names.withLock { $0 }
        var all: [VersionFigures] = []
        for (index, name) in names.enumerated() { all.append(figures(index, name)) }
        all.sort { ($0.version.utf8.count, $0.version) < ($1.version.utf8.count, $1.version) }
        let others = figures(Self.versionsMax, Self.other)
        return others.calls + others.reports > 0 ? all + [others] : all
    }

    private func figures(_ slot: Int, _ name: String) -> VersionFigures {
        VersionFigures(
            version: name,
            calls: slots[slot].calls.load(ordering: .relaxed),
            reports: slots[slot].reports.load(ordering: .relaxed),
            coldStarts: slots[slot].coldStarts.load(ordering: .relaxed),
            initUs: slots[slot].initUs.load(ordering: .relaxed),
            billedMs: slots[slot].billedMs.load(ordering: .relaxed),
            memoryUsedMB: slots[slot].memoryUsedMB.load(ordering: .relaxed)
        )
    }

    private func slot(of version: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in version.indices { hash = (hash ^ UInt64(version[index])) &* 0x100_0000_01B3 }
        if hash == 0 { hash = 1 }
        for index in 0..<Self.versionsMax {
            let key = slots[index].key.load(ordering: .acquiring)
            if key == hash { return index }
            if key == 0 { break }
        }
        return newSlot(version, hash)
    }

    /// Takes a lock: once for each version, and for each call of one that there is no room for.
    private func newSlot(_ version: Span<UInt8>, _ hash: UInt64) -> Int {
        let name = version.text(0..<version.count)
        // What is no version's name, such as a whole page from something that isn't Lambda, gets no slot.
        guard 1...128 ~= version.count, name.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), name != Self.other else {
            return Self.versionsMax
        }
        return names.withLock { names in
            if let known = names.firstIndex(of: name) { return known }
            guard names.count < Self.versionsMax else { return Self.versionsMax }
            names.append(name)
            slots[names.count - 1].key.store(hash, ordering: .releasing)
            return names.count - 1
        }
    }
}

/// What Lambda reported of one call.
package struct ReportedCall: Sendable, Equatable {
    /// Of a cold start: how long the function took to start, in microseconds.
    package var initUs: Int?
    package var billedMs: Int
    package var memoryUsedMB: Int

    package init(initUs: Int?, billedMs: Int, memoryUsedMB: Int) {
        self.initUs = initUs
        self.billedMs = billedMs
        self.memoryUsedMB = memoryUsedMB
    }
}

/// Figures of one version of a target's functions, since the process's start.
package struct VersionFigures: Sendable, Equatable {
    /// `$LATEST`, a number, or `other`.
    package var version: String
    /// Calls that it answered.
    package var calls: UInt64
    /// Of `calls`: those whose log was asked for and told the rest.
    package var reports: UInt64
    /// Of `reports`: those for which the function had to be started.
    package var coldStarts: UInt64
    /// Of `coldStarts` together.
    package var initUs: UInt64
    /// Of `reports` together.
    package var billedMs: UInt64
    /// The most of any report.
    package var memoryUsedMB: UInt64

    package init(
        version: String,
        calls: UInt64,
        reports: UInt64 = 0,
        coldStarts: UInt64 = 0,
        initUs: UInt64 = 0,
        billedMs: UInt64 = 0,
        memoryUsedMB: UInt64 = 0
    ) {
        self.version = version
        self.calls = calls
        self.reports = reports
        self.coldStarts = coldStarts
        self.initUs = initUs
        self.billedMs = billedMs
        self.memoryUsedMB = memoryUsedMB
    }
}
