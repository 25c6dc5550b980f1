import EventLoop
import Locks
import Synchronization
package import Telemetry

/// The gateway's log: each message is one line, for a sink that the owner chooses. Any thread.
///
/// Copies share their levels and the counts of repeated lines.
package struct GatewayLog: Sendable {
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        package var word: String { "\(self)" }
    }

    package typealias Module = LogModule

    /// The lowest levels of the lines that are written.
    package struct Levels: Sendable, Equatable {
        package var level: Level
        /// Levels of the modules that have their own.
        package var modules: [Module: Level]

        package init(_ level: Level, modules: [Module: Level] = [:]) {
            self.level = level
            self.modules = modules
        }

        /// Two bits for each module.
        fileprivate var bits: UInt64 {
            Module.allCases.enumerated().reduce(0) { bits, module in
                bits | UInt64((modules[module.element] ?? level).rawValue) << UInt64(2 * module.offset)
            }
        }
    }

    /// One line, as a sink gets it.
    package struct Line: Sendable {
        package let level: Level
        package let module: Module
        package let text: String
        /// Named values. Never a secret.
        package let values: [(String, String)]
    }

    /// The part that all copies share.
    private final class Shared: Sendable {
        let levels: Atomic<UInt64>
        let repeats = Locked(LogRepeats())
        let sink: @Sendable (Line) -> Void
        let nowMs: @Sendable () -> Int64

        init(
            _ levels: Levels,
            nowMs: @escaping @Sendable () -> Int64,
            sink: @escaping @Sendable (Line) -> Void
        ) {
            self.levels = Atomic(levels.bits)
            self.nowMs = nowMs
            self.sink = sink
        }
    }

    private let shared: Shared
    private let module: Module
    /// The position of the module's level among all bits.
    private let shift: UInt64

    /// - Parameters:
    ///   - nowMs: milliseconds since 1970.
    ///   - sink: gets each line at or above its module's level.
    package init(
        _ levels: Levels,
        nowMs: @escaping @Sendable () -> Int64 = { WallClock.nowMs() },
        sink: @escaping @Sendable (Line) -> Void
    ) {
        self.init(Shared(levels, nowMs: nowMs, sink: sink), .server)
    }

    /// A log whose sink doesn't need the modules.
    package init(
        threshold: Level,
        sink: @escaping @Sendable (Level, String, [(String, String)]) -> Void
    ) {
        self.init(Levels(threshold)) { sink($0.level, $0.text, $0.values) }
    }

    private init(_ shared: Shared, _ module: Module) {
        self.shared = shared
        self.module = module
        shift = UInt64(2 * (Module.allCases.firstIndex(of: module) ?? 0))
    }

    /// A log that drops everything.
    package static let silent = GatewayLog(threshold: .error) { _, _, _ in }

    /// The same log, for lines of that module.
    package func module(_ module: Module) -> GatewayLog { GatewayLog(shared, module) }

    /// Sets the levels: lines below them are dropped from now on.
    package func setLevels(_ levels: Levels) { shared.levels.store(levels.bits, ordering: .relaxed) }

    /// Whether lines of this level are written.
    package func writes(_ level: Level) -> Bool {
        UInt64(level.rawValue) >= shared.levels.load(ordering: .relaxed) >> shift & 3
    }

    /// - Parameters:
    ///   - text: the same for all lines of its kind. Differences belong into `values`, so that repeated lines are
    ///     noticed.
    ///   - values: name an error's text `error`. Lines that differ in `target` or `tool` don't count as repeated.
    package func write(
        _ level: Level,
        _ text: @autoclosure () -> String,
        _ values: @autoclosure () -> [(String, String)] = []
    ) {
        guard writes(level) else { return }
        let line = Line(level: level, module: module, text: text(), values: values())
        if module.isBounded {
            let nowMs = shared.nowMs()
            let (isTold, before) = shared.repeats.withLock { $0.take(line, nowMs: nowMs) }
            if let before { shared.sink(before) }
            guard isTold else { return }
        }
        shared.sink(line)
    }

    /// Writes how many lines were left out and not yet reported. Call it now and then, and at the end.
    /// - Parameter isEnd: whether to report also the lines whose time window isn't over.
    package func tellRepeats(isEnd: Bool = false) {
        let nowMs = shared.nowMs()
        for line in shared.repeats.withLock({ $0.overdue(nowMs: isEnd ? .max : nowMs) }) { shared.sink(line) }
    }
}

extension LogModule {
    /// Whether repeated lines are left out; not in modules where each line says something of its own.
    fileprivate var isBounded: Bool { self != .access && self != .functions }
}
