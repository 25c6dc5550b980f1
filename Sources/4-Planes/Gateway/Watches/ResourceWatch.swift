import Bytes
import Calendar
import EventLoop
import Policy

/// The resources that one stream watches, and when each is polled next. Loop thread only; made when the first is watched.
///
/// A change that the client can't be told of yet is one flag of its resource, so nothing grows while it doesn't read.
final class ResourceWatch {
    /// What is being done about a resource.
    enum Standing: Equatable { case idle, queued, polling }

    struct Resource {
        /// Unique in the watch.
        let number: Int
        /// In the era of sessions a copy of what the table has, which outlives the stream.
        var content: WatchTable.Resource
        /// When it is polled next, on the loop's clock.
        var dueNs: UInt64
        var standing = Standing.idle
        /// Polls in a row that brought nothing.
        var failures = 0
        var wasPolled = false
    }

    let origin: PollOrigin
    /// The store's id of the tenant that polls count for.
    let tenantID: Int64
    let timer = LoopTimer()
    var resources: [Resource] = []
    /// [resource's number] → its poll under way.
    var polls: [Int: PollInFlight] = [:]
    private var lastNumber = 0

    init(_ origin: PollOrigin, tenantID: Int64) {
        self.origin = origin
        self.tenantID = tenantID
    }

    /// Whether the client is still to be told of a change.
    var hasNews: Bool { resources.contains { $0.content.hasChanged } }

    /// When the next resource that waits for its time is due; nil when none waits.
    var dueNs: UInt64? { resources.lazy.filter { $0.standing == .idle }.map(\.dueNs).min() }

    /// Notes that the client was told of all changes.
    func told() {
        for position in resources.indices { resources[position].content.hasChanged = false }
    }

    func position(of number: Int) -> Int? { resources.firstIndex { $0.number == number } }

    /// Takes over the resources to watch: what is there already stays as it is, new ones are due now.
    /// - Returns: the numbers of those that aren't watched any more and wait for their poll.
    func take(_ contents: [WatchTable.Resource], nowNs: UInt64) -> [Int] {
        var known = resources
        resources = contents.map { content in
            if let at = known.firstIndex(where: { $0.content.uri.utf8.elementsEqual(content.uri.utf8) }) {
                var resource = known.remove(at: at)
                resource.content = content
                return resource
            }
            lastNumber += 1
            return Resource(number: lastNumber, content: content, dueNs: nowNs)
        }
        for gone in known { polls[gone.number]?.cancellation.cancel() }
        return known.filter { $0.standing == .queued }.map(\.number)
    }

    /// Sets when a resource is polled again. After the first poll the next ones are spread over the interval.
    func schedule(_ position: Int, nowNs: UInt64, _ settings: WatchSettings) {
        let wait = settings.wait(failures: resources[position].failures).nanoseconds
        let isFirst = !resources[position].wasPolled
        resources[position].wasPolled = true
        resources[position].standing = .idle
        let share = isFirst ? wait / UInt64(resources.count) * UInt64(position + 1) : wait
        resources[position].dueNs = nowNs &+ share
    }
}

/// A poll under way: what ends it early. Loop thread only.
final class PollInFlight {
    let cancellation = Cancellation()
    let timer = LoopTimer()

    init() {
        timer.action = { [weak self] in self?.cancellation.cancel() }
    }
}
