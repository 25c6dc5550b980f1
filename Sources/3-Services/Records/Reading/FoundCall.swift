import Telemetry

/// The place of a call, and the figures that calls are sorted by.
struct FoundCall: Hashable {
    let startedAtUs: Int64
    let endedUs: UInt32
    let file: RecordFileName
    /// The call's number in its file.
    let number: Int64

    /// Whether it comes before another one.
    func precedes(_ other: FoundCall, _ order: CallQuery.Order) -> Bool {
        if order == .slowestFirst, endedUs != other.endedUs { return endedUs > other.endedUs }
        return (startedAtUs, file, number) > (other.startedAtUs, other.file, other.number)
    }
}

/// Keeps the first of the calls that are offered to it: a heap with the last of them on top.
struct FirstCalls {
    private let order: CallQuery.Order
    private let limit: Int
    private var heap: [FoundCall] = []

    /// - Parameter limit: at least 1.
    init(_ order: CallQuery.Order, limit: Int) {
        self.order = order
        self.limit = limit
    }

    /// The last of the kept calls: a further call is kept only if it precedes this one. nil as long as there is room.
    var last: FoundCall? { heap.count == limit ? heap[0] : nil }

    mutating func offer(_ call: FoundCall) {
        if heap.count < limit {
            heap.append(call)
            var child = heap.count - 1
            while child > 0, heap[(child - 1) / 2].precedes(heap[child], order) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
            return
        }
        guard call.precedes(heap[0], order) else { return }
        heap[0] = call
        var parent = 0
        while true {
            var last = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < limit {
                if heap[last].precedes(heap[child], order) { last = child }
            }
            if last == parent { return }
            heap.swapAt(parent, last)
            parent = last
        }
    }

    var sorted: [FoundCall] { heap.sorted { $0.precedes($1, order) } }
}
