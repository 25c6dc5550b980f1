import Bytes
import Telemetry
import Testing

struct SnapshotMetricsTests {
    @Test func `each step of a publication has its own histogram, there from the start`() {
        let metrics = GatewayMetrics()
        metrics.snapshots.read.observe(nanoseconds: 20_000_000)
        metrics.snapshots.read.observe(nanoseconds: 30_000_000)
        metrics.snapshots.swap.observe(nanoseconds: 60_000_000_000)
        let process = ProcessFigures(
            cpuSeconds: 0,
            residentBytes: 0,
            virtualBytes: 0,
            openDescriptors: 0,
            descriptorsMax: 0,
            threads: 0,
            startSeconds: 0
        )
        let text = String(
            decoding: metrics.render(version: "1", process: process, catalog: []).bytes,
            as: UTF8.self
        )
        let name = "mcp_gateway_snapshot_publish_seconds"
        for line in [
            "# TYPE \(name) histogram",
            #"\#(name)_bucket{step="read",le="0.01"} 0"#,
            #"\#(name)_bucket{step="read",le="0.025"} 1"#,
            #"\#(name)_bucket{step="read",le="0.05"} 2"#,
            #"\#(name)_sum{step="read"} 0.05"#,
            #"\#(name)_count{step="read"} 2"#,
            #"\#(name)_count{step="compile"} 0"#,
            #"\#(name)_count{step="derive"} 0"#,
            #"\#(name)_bucket{step="swap",le="5"} 0"#,
            #"\#(name)_bucket{step="swap",le="+Inf"} 1"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }
}
