import Bytes
import EventLoop
import MCP

/// The gateway's own progress of a call whose function can't report any: one notification every ten seconds, for callers
/// that sent a token for progress. It keeps clients that wait for a sign of life from giving up. Loop thread only.
///
/// The progress is the seconds since the call began, and increases each time; there is no total. Source: MCP 2026-07-28, "Progress".
final class OwnProgress {
    /// The time between two notifications.
    static let interval = Duration.seconds(10)

    private let loop: EventLoop
    private let timer = LoopTimer()
    private let startedAt: UInt64
    private let interval: Duration
    /// The progress that was told last.
    private(set) var told = 0

    /// - Parameter tell: called each time with the progress, in seconds.
    init(on loop: EventLoop, every interval: Duration = OwnProgress.interval, _ tell: @escaping (Int) -> Void)
    {
        self.loop = loop
        self.interval = interval
        startedAt = loop.now
        timer.action = { [weak self] in
            guard let self else { return }
            loop.arm(self.timer, after: interval)
            let seconds = Int(clamping: (loop.now &- self.startedAt) / 1_000_000_000)
            self.told = max(seconds, self.told + 1)
            tell(self.told)
        }
        loop.arm(timer, after: interval)
    }

    func end() {
        loop.disarm(timer)
        timer.action = nil
    }

    /// The notification.
    /// - Parameter token: the caller's, a raw string or number.
    static func message(_ seconds: Int, token: Span<UInt8>) -> ByteBuffer {
        var out = ByteBuffer(capacity: 160 + token.count)
        out.append(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":"
        )
        out.append(token)
        out.append(",\"progress\":")
        out.append(decimal: seconds)
        out.append(",\"message\":\"The tool is still running.\"}}")
        return out
    }
}
