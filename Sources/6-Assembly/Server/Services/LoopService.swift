import EventLoop

/// The loops that serve agents, a thread each.
final class LoopService: Service {
    let name = "loops"
    private let count: Int
    private let made = Started<[EventLoop]>("loops")

    init(count: Int) { self.count = count }

    /// The running loops, in order.
    var loops: [EventLoop] { made.value }

    func start() async throws(StartFailure) {
        var loops: [EventLoop] = []
        do throws(LoopError) {
            for index in 0..<count {
                let loop = try EventLoop(name: "agents-\(index)")
                try loop.start()
                loops.append(loop)
            }
        } catch {
            Self.end(loops)
            throw StartFailure("event loops: \(error)")
        }
        made.set(loops)
    }

    func stop() async { Self.end(loops) }

    private static func end(_ loops: [EventLoop]) {
        for loop in loops { loop.stop() }
        for loop in loops { loop.join() }
    }
}
