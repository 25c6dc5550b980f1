import AWS
package import Bytes
import Config
import Control
import EventLoop
package import Gateway
package import HTTPServer
import JSON
import Policy
import RateLimit
import Store
import Synchronization
import System
package import Telemetry

/// The contents of `/metrics` and `/status`. Any thread.
package final class Reports: Sendable {
    private let metricsSource: GatewayMetrics
    private let live: LiveStatus
    private let buffers: BufferBudget
    private let version: String
    private let startedMs: Int64
    private let current = Locked<GatewayState?>(nil)
    private let signers = Locked<(any CredentialsProvider)?>(nil)
    private let records = Locked<(@Sendable () -> RecordQueueFigures)?>(nil)
    private let traces = Locked<(@Sendable () -> TraceFigures)?>(nil)
    private let fileFaults = Locked<[TargetFolder.Fault]>([])

    package init(
        metrics: GatewayMetrics,
        live: LiveStatus,
        buffers: BufferBudget,
        version: String,
        startedMs: Int64
    ) {
        metricsSource = metrics
        self.live = live
        self.buffers = buffers
        self.version = version
        self.startedMs = startedMs
    }

    /// - Parameter figures: how the writing of call records goes.
    func records(_ figures: @escaping @Sendable () -> RecordQueueFigures) {
        records.withLock { $0 = figures }
    }

    /// - Parameter figures: how the export of traces goes.
    func traces(_ figures: @escaping @Sendable () -> TraceFigures) { traces.withLock { $0 = figures } }

    package func published(_ state: GatewayState) { current.withLock { $0 = state } }

    /// The number of targets, tools and tenants in force, for a line of the log.
    var counts: [(String, String)] {
        let snapshot = current.withLock { $0 }?.snapshot
        return [
            ("targets", "\(snapshot?.targets.count ?? 0)"), ("tools", "\(snapshot?.tools.count ?? 0)"),
            ("tenants", "\(snapshot?.tenants.count ?? 0)"),
        ]
    }

    /// Seconds since the start.
    var uptimeSeconds: Int64 { (WallClock.nowMs() - startedMs) / 1000 }

    /// Sets the faults that the target files have now.
    func found(_ faults: [TargetFolder.Fault]) { fileFaults.withLock { $0 = faults } }

    /// Sets the credentials that sign requests to AWS.
    func signs(_ credentials: any CredentialsProvider) { signers.withLock { $0 = credentials } }

    /// Where the AWS credentials in use come from, why other sources gave none, and how long they are valid; nil before
    /// the server is assembled.
    var credentials: CredentialsReport? { signers.withLock { $0 }?.report }

    package func metrics() -> ByteBuffer {
        let nowMs = WallClock.nowMs()
        let state = current.withLock { $0 }
        let targets = state?.snapshot.targets ?? []
        let calls = metricsSource.callFigures(nowMs: LiveStatus.windowMs)
        let catalog = targets.map { target in
            CatalogFigures(
                target: target.name,
                tools: target.toolCount,
                ageSeconds: target.refreshedAtMs.map { Double(max(0, nowMs - $0)) / 1000 },
                refreshedAtMs: target.refreshedAtMs,
                isFailing: target.lastError != nil,
                refusedTools: target.health.tools.refusedCount,
                changedTools: target.health.tools.changedCount,
                areCallsFailing: calls[target.name]?.areFailing ?? false
            )
        }
        let process = ProcessFigures.read(startedMs: startedMs)
        let used = buffers.figures
        let figures = BufferFigures(
            usedBytes: used.usedBytes,
            bytesMax: used.bytesMax,
            waits: used.waits,
            refusals: used.refusals,
            closed: used.closed
        )
        return metricsSource.render(
            version: version,
            process: process,
            buffers: figures,
            signing: credentials.map {
                SigningFigures(
                    isReady: $0.source != nil,
                    endsAtSeconds: $0.expiresAtMs.map { Int($0 / 1_000) }
                )
            },
            catalog: catalog,
            certificateEndsAt: live.certificateEndsAtMs.map { $0 / 1_000 },
            limits: state?.limits.figures(at: LimitMoment(nowNs: EventLoop.currentNs, wallMs: nowMs)) ?? [],
            records: records.withLock { $0 }?(),
            traces: traces.withLock { $0 }?(),
            isReady: live.isReady
        )
    }

    /// The last reload, and the settings that wait for a restart.
    private var settings: JSONValue {
        guard let (atMs, report) = live.reload else { return ["needsRestart": .array([])] }
        return [
            "needsRestart": .array(report.needsRestart.map { .string($0) }),
            "reloadedAtMs": .int(Int(atMs)),
            "ok": .bool(report.faults.isEmpty),
            "result": .string(report.text),
        ]
    }

    package func status() -> ByteBuffer {
        let nowMs = WallClock.nowMs()
        let state = current.withLock { $0 }
        let server = live.status()
        let report = StatusReport(
            server: server,
            targets: (state?.snapshot.targets ?? []).map {
                TargetStanding($0, calls: server.figures(of: $0.name))
            },
            atMs: nowMs
        )
        let value: JSONValue = [
            "version": .string(version),
            "uptimeSeconds": .int(Int(uptimeSeconds)),
            "snapshot": .int(Int(state?.snapshot.version ?? 0)),
            "tools": .int(state?.snapshot.toolCount ?? 0),
            "tenants": .int(state?.snapshot.tenants.count ?? 0),
            "store": storeStatus,
            "ready": .bool(server.notReady == nil),
            "notReady": server.notReady.map { .string($0) } ?? .null,
            "attention": .array(report.attention.map { StatusJSON.attention($0) }),
            "targets": .array(
                report.targets.sorted { $0.name < $1.name }.map { StatusJSON.target($0, nowMs: nowMs) }
            ),
            "targetFileFaults": .array(
                fileFaults.withLock { $0 }.map { fault in
                    [
                        "target": fault.target.map { .string($0) } ?? .null,
                        "fault": .string(fault.fault.description),
                    ]
                }
            ),
            "settings": settings,
        ]
        var body = ByteBuffer()
        value.write(to: &body)
        body.append("\n")
        return body
    }
}

extension Reports {
    private var storeStatus: JSONValue {
        guard let store = live.store else { return .null }
        return [
            "path": .string(store.path),
            "error": store.displacement.map { .string("\($0)") } ?? .null,
        ]
    }
}

extension ProcessFigures {
    /// Reads /proc of this process. A figure that cannot be read is 0. Source: proc(5).
    static func read(startedMs: Int64) -> ProcessFigures {
        let status = lines("/proc/self/status")
        let stat = text("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = stat.count > 12 ? (Double(stat[11]) ?? 0) + (Double(stat[12]) ?? 0) : 0
        return ProcessFigures(
            cpuSeconds: ticks / 100,  // USER_HZ is 100 on every Linux that Swift runs on
            residentBytes: kilobytes("VmRSS:", status) * 1024,
            virtualBytes: kilobytes("VmSize:", status) * 1024,
            openDescriptors: (try? Files.names(inFolder: "/proc/self/fd").count) ?? 0,
            descriptorsMax: limit(lines("/proc/self/limits")),
            threads: kilobytes("Threads:", status),
            startSeconds: Double(startedMs) / 1000
        )
    }

    private static func text(_ path: String) -> String {
        let bytes = (try? Files.read(path, bytesMax: 64 * 1024)) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func lines(_ path: String) -> [Substring] { text(path).split(separator: "\n") }

    private static func kilobytes(_ name: String, _ lines: [Substring]) -> Int {
        guard let line = lines.first(where: { $0.hasPrefix(name) }) else { return 0 }
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
            ?? 0
    }

    private static func limit(_ lines: [Substring]) -> Int {
        guard let line = lines.first(where: { $0.hasPrefix("Max open files") }) else { return 0 }
        return line.split(separator: " ").dropFirst(3).first.flatMap { Int($0) } ?? 0
    }
}
