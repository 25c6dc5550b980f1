import EventLoop

/// A sleep of one task that others may end. Loop thread only.
final class WakeableSleep {
    private let loop: EventLoop
    private let timer = LoopTimer()
    private var waiting: CheckedContinuation<Void, Never>?
    /// Whether somebody called before the sleep began.
    private var isAwake = false

    init(on loop: EventLoop) { self.loop = loop }

    func wait(_ duration: Duration) async {
        loop.assertCurrent()
        if isAwake {
            isAwake = false
            return
        }
        await withCheckedContinuation { continuation in
            waiting = continuation
            timer.action = { [weak self] in self?.end() }
            loop.arm(timer, after: duration)
        }
    }

    /// Ends the sleep, or the next one.
    func wake() {
        if waiting == nil { isAwake = true } else { end() }
    }

    private func end() {
        loop.disarm(timer)
        timer.action = nil
        waiting.take()?.resume()
    }
}
