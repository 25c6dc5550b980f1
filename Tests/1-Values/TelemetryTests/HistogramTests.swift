import Bytes
import Telemetry
import Testing

struct HistogramTests {
    /// A duration and the bound of its bucket, as Prometheus writes it.
    @Test(
        arguments: [
            (0, "0.001"), (7, "0.001"), (8, "0.001"), (1_000_000, "0.001"), (1_000_001, "0.0025"),
            (5_000_000, "0.005"), (5_000_001, "0.00574"), (8_700_001, "0.01"), (99_999_999, "0.1"),
            (100_000_000, "0.1"), (100_000_001, "0.114"), (60_000_000_000, "60"), (60_000_000_001, "120"),
            (300_000_000_000, "300"), (300_000_000_001, "+Inf"), (UInt64.max, "+Inf"),
        ] as [(UInt64, String)]
    )
    func `a bucket holds durations up to its bound, included`(_ nanoseconds: UInt64, _ bound: String) {
        let metrics = GatewayMetrics()
        metrics.call(target: "t", tool: "u").target.upstream.observe(nanoseconds: nanoseconds)
        let buckets = Buckets(of: "mcp_gateway_call_upstream_duration_seconds", in: metrics)
        #expect(buckets.counts.first { $0.cumulative == 1 }?.text == bound)
        #expect(buckets.counts.last?.cumulative == 1)
    }

    /// Compares with the result of Prometheus's histogram_quantile. All durations are at one point, or at two, of which
    /// the higher has two in a hundred: the hardest cases for a histogram.
    @Test(arguments: [false, true])
    func `the p99 of a histogram is within 15 % of the exact one, from 5 ms to a minute`(_ hasTail: Bool) {
        var worst = 0.0
        // Just above each bound, a bucket is least exact.
        let bounds = Buckets(of: "mcp_gateway_call_upstream_duration_seconds", in: GatewayMetrics.withTarget)
            .counts
        for seconds in bounds.map({ $0.bound * 1.0001 }) where (0.005...60).contains(seconds) {
            let metrics = GatewayMetrics()
            let upstream = metrics.call(target: "t", tool: "u").target.upstream
            for index in 0..<200 {
                let isLow = hasTail && index < 196
                upstream.observe(nanoseconds: isLow ? 1_500_000 : UInt64(seconds * 1e9))
            }
            let buckets = Buckets(of: "mcp_gateway_call_upstream_duration_seconds", in: metrics)
            worst = max(worst, abs(buckets.quantile(0.99) / seconds - 1))
        }
        #expect(worst <= 0.1501, "\(worst)")
        #expect(worst > 0.05, "the check checks something")
    }

    @Test func `earlier bounds of the histogram are still there`() {
        let metrics = GatewayMetrics()
        metrics.call(target: "t", tool: "u").began()
        let buckets = Buckets(of: "mcp_gateway_call_upstream_duration_seconds", in: metrics)
        let bounds = buckets.counts.map { $0.text }
        for bound in [
            "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "15",
            "60", "300",
        ] { #expect(bounds.contains(bound), "\(bound)") }
    }
}

/// A histogram as in a scrape.
struct Buckets {
    /// The buckets in order of their bounds.
    var counts: [(bound: Double, text: String, cumulative: Double)] = []

    /// Reads the only series of that name.
    init(of name: String, in metrics: GatewayMetrics) {
        for line in metrics.text.split(separator: "\n") where line.hasPrefix("\(name)_bucket{") {
            guard let le = line.firstRange(of: "le=\"") else { continue }
            let text = String(line[le.upperBound...].prefix { $0 != "\"" })
            let count = line.split(separator: " ").last.flatMap { Double($0) } ?? -1
            counts.append((Double(text) ?? .infinity, text, count))
        }
    }

    /// Source: Prometheus, bucketQuantile in promql/quantile.go
    func quantile(_ share: Double) -> Double {
        let rank = share * (counts.last?.cumulative ?? 0)
        guard let index = counts.firstIndex(where: { $0.cumulative >= rank }) else { return .nan }
        if index == counts.count - 1 { return counts[counts.count - 2].bound }
        let (start, below) = index == 0 ? (0, 0) : (counts[index - 1].bound, counts[index - 1].cumulative)
        let here = counts[index]
        return start + (here.bound - start) * (rank - below) / (here.cumulative - below)
    }
}

extension GatewayMetrics {
    /// Metrics with one target's figures, all 0.
    static var withTarget: GatewayMetrics {
        let metrics = GatewayMetrics()
        _ = metrics.call(target: "t", tool: "u")
        return metrics
    }

    var text: String {
        let process = ProcessFigures(
            cpuSeconds: 0,
            residentBytes: 0,
            virtualBytes: 0,
            openDescriptors: 0,
            descriptorsMax: 0,
            threads: 0,
            startSeconds: 0
        )
        return render(version: "1", process: process, catalog: []).text
    }

    /// The value of a series, as it is written; nil when it isn't there.
    func value(_ series: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("\(series) ") }.map {
            String($0.dropFirst(series.count + 1))
        }
    }
}
