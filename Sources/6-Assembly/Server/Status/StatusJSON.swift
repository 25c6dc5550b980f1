import Control
import Gateway
import JSON
import Policy
import Telemetry

/// The figures of `/status`. Everybody who reaches the listener may read them, so they hold nothing about tenants or
/// keys, and no words of a function.
enum StatusJSON {
    static func target(_ target: TargetStanding, nowMs: Int64) -> JSONValue {
        let tools = target.health.tools
        return [
            "name": .string(target.name),
            "enabled": .bool(target.isEnabled),
            "state": .string(target.state.rawValue),
            "tools": .int(target.tools),
            "ageSeconds": target.health.refreshedAtMs.map { .int(Int(max(0, nowMs - $0) / 1000)) } ?? .null,
            "lastError": target.health.lastError == nil
                ? .null
                : .string("its tools can't be read; `mcp-gateway target show \(target.name)` says why"),
            "refusedTools": .int(tools.refusedCount),
            "refused": .array(
                tools.refusals.map {
                    ["tool": .string($0.tool), "member": .string($0.member), "reason": .string($0.reason)]
                }
            ),
            "changedTools": .int(tools.changedCount),
            "calls": target.calls.map { calls($0, nowMs: nowMs) } ?? .null,
        ]
    }

    static func attention(_ item: Attention) -> JSONValue {
        [
            "severity": .string(item.severity.rawValue),
            "kind": .string(item.kind.rawValue),
            "subject": .string(item.subject),
            "message": .string(item.openMessage),
            "sinceMs": item.sinceMs.map { .int(Int($0)) } ?? .null,
            "next": .string(item.next),
        ]
    }

    private static func calls(_ figures: CallFigures, nowMs: Int64) -> JSONValue {
        [
            "fiveMinutes": tally(figures.recent),
            "hour": tally(figures.hour),
            "failingSinceMs": figures.failingForMs.map { .int(Int(nowMs - $0)) } ?? .null,
            "lastError": figures.lastError.map { error in
                [
                    "code": .string(error.code), "tool": .string(error.tool),
                    "atMs": .int(Int(error.atMs)),
                ]
            } ?? .null,
            "versions": .array(figures.versions.map { version($0) }),
        ]
    }

    private static func version(_ figures: VersionFigures) -> JSONValue {
        [
            "version": .string(figures.version),
            "answered": .int(Int(clamping: figures.calls)),
            "reports": .int(Int(clamping: figures.reports)),
            "coldStarts": .int(Int(clamping: figures.coldStarts)),
            "initMs": .int(Int(clamping: figures.initUs / 1_000)),
            "billedMs": .int(Int(clamping: figures.billedMs)),
            "memoryUsedMB": .int(Int(clamping: figures.memoryUsedMB)),
        ]
    }

    private static func tally(_ tally: CallTally) -> JSONValue {
        func quantile(_ share: Double) -> JSONValue {
            tally.durations.nanoseconds(quantile: share).map { .int(Int($0 / 1_000)) } ?? .null
        }
        return [
            "calls": .int(tally.calls),
            "errors": .int(tally.errors),
            "errorPercent": tally.errorPercent.map { .int($0) } ?? .null,
            "p50Us": quantile(0.5),
            "p95Us": quantile(0.95),
            "p99Us": quantile(0.99),
        ]
    }
}
