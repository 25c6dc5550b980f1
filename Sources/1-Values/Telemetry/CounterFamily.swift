import Synchronization

/// Counters of one name with labels, at most `seriesMax` of them; later ones are counted as `other`.
///
/// `counter(_:)` takes a lock and may allocate: on hot paths, resolve once and keep the counter.
package final class CounterFamily: Sendable {
    private let name: String
    private let help: String
    private let labels: [String]
    private let seriesMax: Int
    private let series = Mutex<[[String]: Counter]>([:])

    /// `name` ends in `_total`.
    package init(_ name: String, _ help: String, labels: [String], seriesMax: Int = 500) {
        self.name = name
        self.help = help
        self.labels = labels
        self.seriesMax = seriesMax
    }

    /// The counter of these label values, one for each label. Any thread.
    package func counter(_ values: [String]) -> Counter {
        precondition(values.count == labels.count)
        let other = labels.map { _ in "other" }
        return series.withLock { series in
            if let counter = series[values] { return counter }
            let key = series.count < seriesMax ? values : other
            if let counter = series[key] { return counter }
            let counter = Counter()
            series[key] = counter
            return counter
        }
    }

    package func write(to writer: inout MetricsWriter) {
        writer.family(name, .counter, help)
        let all = series.withLock { series in series.map { ($0.key, $0.value) } }
        for (values, counter) in all.sorted(by: { $0.0.lexicographicallyPrecedes($1.0) }) {
            writer.sample(Array(zip(labels, values)), counter.value)
        }
    }
}
