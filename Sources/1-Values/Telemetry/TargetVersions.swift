import Bytes
import Locks
import Synchronization

/// Calls of one target by the version of its function that ran, and what Lambda reported of them.
///
/// A call costs a hash of the version's name, a comparison with a few words and one relaxed atomic add: no lock, no
/// allocation, any thread. Bounded: `versionsMax` versions have figures of their own, all others are counted together
/// as `other`. After a few calls, a new version replaces the one that was used longest ago, whose figures go to
/// `other`. A version that is in use keeps its place, so that more versions than places don't keep displacing each
/// other. Of calls that are counted at the very time of such a change, a few may count for the wrong one of the two;
/// none is lost.
package final class TargetVersions: Sendable {
    package static let versionsMax = 16
    package static let other = "other"
    /// One in so many calls of versions without a place tries to get one.
    static let missesBetweenLooks: UInt64 = 16

    private struct Slot: ~Copyable {
        /// The hash of the version's name; 0 while the slot is free.
        let key = Atomic<UInt64>(0)
        /// The value of `looks` when the slot was last used.
        let usedAt = Atomic<UInt64>(0)
        let calls = Atomic<UInt64>(0)
        let reports = Atomic<UInt64>(0)
        let coldStarts = Atomic<UInt64>(0)
        let initUs = Atomic<UInt64>(0)
        let billedMs = Atomic<UInt64>(0)
        let memoryUsedMB = Atomic<UInt64>(0)
    }

    /// The last slot is that of all other versions.
    private let slots = InlineArray<17, Slot> { _ in Slot() }
    /// The versions' names, in the slots' order.
    private let names = Locked<[String]>([])
    /// Calls of versions without a slot, counted since all slots are taken.
    private let misses = Atomic<UInt64>(0)
    /// How often an unused slot was searched for: the clock of `usedAt`.
    private let looks = Atomic<UInt64>(0)

    package init() {}

    /// Counts a call that this version answered, with a result or an error.
    package func answered(by version: Span<UInt8>) {
        slots[slot(of: version)].calls.wrappingAdd(1, ordering: .relaxed)
    }

    /// Adds Lambda's report of a call that `answered` has counted.
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
        // The lock keeps figures from moving to the others meanwhile: they would be missed or counted twice.
        var (all, others) = names.withLock { names in
            (
                names.enumerated().map { figures($0.offset, $0.element) },
                figures(Self.versionsMax, Self.other)
            )
        }
        all.sort { ($0.version.utf8.count, $0.version) < ($1.version.utf8.count, $1.version) }
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
        var isFull = true
        for index in 0..<Self.versionsMax {
            let key = slots[index].key.load(ordering: .acquiring)
            if key == hash {
                use(index)
                return index
            }
            if key == 0 {
                isFull = false
                break
            }
        }
        // A text that isn't a version's name, such as a whole page from something that isn't Lambda, gets no slot.
        guard Self.isName(version) else { return Self.versionsMax }
        if isFull {
            let number = misses.wrappingAdd(1, ordering: .relaxed).oldValue
            guard number % Self.missesBetweenLooks == 0 else { return Self.versionsMax }
        }
        return newSlot(version.text(0..<version.count), hash)
    }

    private static func isName(_ version: Span<UInt8>) -> Bool {
        guard 1...128 ~= version.count, !version.equals(0..<version.count, other.utf8.span) else {
            return false
        }
        for index in version.indices where !(0x21...0x7E ~= version[index]) { return false }
        return true
    }

    /// Marks a slot as used. Writes nothing when no search for a slot took place since its last use.
    private func use(_ slot: Int) {
        let look = looks.load(ordering: .relaxed)
        if slots[slot].usedAt.load(ordering: .relaxed) != look {
            slots[slot].usedAt.store(look, ordering: .relaxed)
        }
    }

    /// The slot for a version without one. Takes a lock: once for each version while there is room, then for one of
    /// `missesBetweenLooks` calls.
    private func newSlot(_ name: String, _ hash: UInt64) -> Int {
        names.withLock { names in
            if let known = names.firstIndex(of: name) { return known }
            if names.count < Self.versionsMax {
                names.append(name)
                take(names.count - 1, hash)
                return names.count - 1
            }
            let oldest = oldestSlot()
            let isUsed = slots[oldest].usedAt.load(ordering: .relaxed) == looks.load(ordering: .relaxed)
            looks.wrappingAdd(1, ordering: .relaxed)
            guard !isUsed else { return Self.versionsMax }
            names[oldest] = name
            emptyIntoOthers(oldest)
            take(oldest, hash)
            return oldest
        }
    }

    private func take(_ slot: Int, _ hash: UInt64) {
        use(slot)
        slots[slot].key.store(hash, ordering: .releasing)
    }

    /// The slot that was used longest ago.
    private func oldestSlot() -> Int {
        var oldest = (slot: 0, usedAt: UInt64.max)
        for slot in 0..<Self.versionsMax {
            let usedAt = slots[slot].usedAt.load(ordering: .relaxed)
            if usedAt < oldest.usedAt { oldest = (slot, usedAt) }
        }
        return oldest.slot
    }

    private func emptyIntoOthers(_ slot: Int) {
        let others = Self.versionsMax
        move(slots[slot].calls, into: slots[others].calls)
        move(slots[slot].reports, into: slots[others].reports)
        move(slots[slot].coldStarts, into: slots[others].coldStarts)
        move(slots[slot].initUs, into: slots[others].initUs)
        move(slots[slot].billedMs, into: slots[others].billedMs)
        slots[others].memoryUsedMB.max(
            slots[slot].memoryUsedMB.exchange(0, ordering: .relaxed),
            ordering: .relaxed
        )
    }

    private func move(_ count: borrowing Atomic<UInt64>, into sum: borrowing Atomic<UInt64>) {
        sum.wrappingAdd(count.exchange(0, ordering: .relaxed), ordering: .relaxed)
    }
}

/// What Lambda reported of one call.
package struct ReportedCall: Sendable, Equatable {
    /// How long the function took to start, in microseconds; nil unless it was a cold start.
    package var initUs: Int?
    package var billedMs: Int
    package var memorySizeMB: Int
    package var memoryUsedMB: Int

    package init(initUs: Int?, billedMs: Int, memorySizeMB: Int = 0, memoryUsedMB: Int) {
        self.initUs = initUs
        self.billedMs = billedMs
        self.memorySizeMB = memorySizeMB
        self.memoryUsedMB = memoryUsedMB
    }
}

/// Figures of one version of a target's functions, since the process's start.
package struct VersionFigures: Sendable, Equatable {
    /// `$LATEST`, a number, or `other`.
    package var version: String
    /// How many calls it answered.
    package var calls: UInt64
    /// How many of `calls` had their log requested and read; the figures below come from these.
    package var reports: UInt64
    /// How many of `reports` were cold starts.
    package var coldStarts: UInt64
    /// The sum over `coldStarts`, in microseconds.
    package var initUs: UInt64
    /// The sum over `reports`, in milliseconds.
    package var billedMs: UInt64
    /// The maximum over `reports`.
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
