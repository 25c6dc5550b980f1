import Calendar
import EventLoop
import LocalLambda
import System

/// Watches the targets' folder beside the local Lambda. A change gets its target new processes at once, and is handed
/// on when no further change has come for a while.
///
/// Before each call it looks for changes, on the same thread, so a call that comes after an edit was saved never runs in
/// a process that was started before. The local Lambda's loop only.
final class TargetWatch {
    /// How long to wait for further changes: programs save in several steps, and several files.
    private static let settleTime = Duration.milliseconds(100)
    /// Changes that keep coming are handed on at this interval.
    private static let settleTimeMax = Duration.seconds(1)

    private let folder: String
    private let lambda: LocalLambda
    private let loop: EventLoop
    private let onObstacle: @Sendable (String, FolderWatch.Obstacle) -> Void
    private let timer = LoopTimer()
    private var watch: FolderWatch?
    private var changes = TargetChanges()
    private var firstAt: UInt64?
    /// Receives the changes; until it is set, they are kept.
    private var taker: (@Sendable (TargetChanges) -> Void)?

    /// - Parameters:
    ///   - folder: the folder of all targets, as the configuration has it.
    ///   - onObstacle: receives the path below which nothing is watched, and why.
    init(
        _ folder: String,
        lambda: LocalLambda,
        loop: EventLoop,
        onObstacle: @escaping @Sendable (String, FolderWatch.Obstacle) -> Void
    ) throws(LoopError) {
        self.folder = folder
        self.lambda = lambda
        self.loop = loop
        self.onObstacle = onObstacle
        timer.action = { [weak self] in self?.settled() }
        watch = try FolderWatch(root: Files.absolute(folder), loop: loop, rules: WatchRules.all) {
            [weak self] in
            self?.take($0)
        }
    }

    func look() { watch?.look() }

    /// From now on `taker` receives the changes, including those since the watch began.
    func hand(to taker: @escaping @Sendable (TargetChanges) -> Void) {
        self.taker = taker
        if !changes.isEmpty { loop.arm(timer, after: Self.settleTime) }
    }

    func stop() {
        watch?.stop()
        watch = nil
        loop.disarm(timer)
    }

    private func take(_ told: [FolderWatch.Change]) {
        let now = ContinuousClock.now
        for change in told {
            switch change {
            case .at(let path):
                let target = changes.add(path, at: now)
                lambda.renew(inFolder: target.map { Files.absolute(Files.resolve($0, in: folder)) })
            case .lost:
                changes.addAll()
                lambda.renew()
            case .unwatched(let path, let obstacle): onObstacle(path, obstacle)
            }
        }
        guard !changes.isEmpty else { return }
        let began = firstAt ?? loop.now
        firstAt = began
        let left = Self.settleTimeMax.nanoseconds - min(Self.settleTimeMax.nanoseconds, loop.now &- began)
        loop.arm(timer, afterNs: min(Self.settleTime.nanoseconds, left))
    }

    private func settled() {
        guard let taker else { return }
        var settled = exchange(&changes, with: TargetChanges())
        let folder = folder
        settled.leaveOut { target, file in Files.exists("\(Files.resolve(target, in: folder))/\(file)") }
        firstAt = nil
        taker(settled)
    }
}
