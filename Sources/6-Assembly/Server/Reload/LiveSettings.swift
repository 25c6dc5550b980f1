import Telemetry
import Config
import EventLoop
import Gateway
import Synchronization

/// The settings that a running gateway applies on a reload; all others need a restart.
enum LiveSettings {
    /// As `section.key`.
    static let names: Set<String> = [
        "agents.allowed_hosts", "agents.allowed_origins", "agents.input_timeout", "tls.certificate",
        "tls.key", "defaults.page_size",
        "defaults.stream_message_bytes_max", "defaults.stream_bytes_max",
        "limits.request_rate", "limits.request_burst", "limits.failure_rate", "limits.failure_burst",
        "prices.x86_64_gb_second", "prices.arm64_gb_second", "prices.million_requests", "prices.regions",
        "server.drain_timeout", "log.level", "log.levels", "discovery.entries", "records.keep",
        "records.bytes_max", "records.queue_max",
    ]

    /// Whether a changed setting comes into force. The room for unread answers is that of the start: a message that doesn't fit
    /// waits for the restart with it.
    static func isLive(_ name: String, _ new: GatewayConfig, over running: GatewayConfig) -> Bool {
        guard names.contains(name) else { return false }
        if name.hasPrefix("tls.") { return (new.tls == nil) == (running.tls == nil) }
        guard name == "defaults.stream_message_bytes_max" else { return true }
        return running.server.hasRoom(forMessage: new.defaults.streamMessageBytesMax)
    }

    /// `running` with these settings taken from `new`. TLS isn't switched on or off: that needs another listener.
    static func laid(_ new: GatewayConfig, over running: GatewayConfig) -> GatewayConfig {
        var config = running
        config.agents.allowedHosts = new.agents.allowedHosts
        config.agents.allowedOrigins = new.agents.allowedOrigins
        config.agents.inputTimeout = new.agents.inputTimeout
        if config.tls != nil, let files = new.tls { config.tls = files }
        config.defaults.pageSize = new.defaults.pageSize
        if isLive("defaults.stream_message_bytes_max", new, over: running) {
            config.defaults.streamMessageBytesMax = new.defaults.streamMessageBytesMax
        }
        config.defaults.streamBytesMax = new.defaults.streamBytesMax
        config.limits = new.limits
        config.prices = new.prices
        // The region of functions that name none doesn't change with the prices.
        config.prices.homeRegion = running.prices.homeRegion
        config.server.drainTimeout = new.server.drainTimeout
        config.log.level = new.log.level
        config.log.levels = new.log.levels
        config.discovery = new.discovery
        config.records.keep = new.records.keep
        config.records.bytesMax = new.records.bytesMax
        config.records.queueMax = new.records.queueMax
        return config
    }
}

/// A value that each loop holds a copy of, and that is replaced now and then. Any thread.
final class LoopCopies<Value: Sendable>: Sendable {
    private let holders = Locked<[(loop: EventLoop, take: @Sendable (Value) -> Void)]>([])

    /// Calls `take` on `loop` with each later value.
    func add(_ loop: EventLoop, _ take: @escaping @Sendable (Value) -> Void) {
        holders.withLock { $0.append((loop, take)) }
    }

    /// Returns when every loop has the value.
    func replace(with value: Value) async {
        for holder in holders.withLock({ $0 }) {
            await Task(executorPreference: holder.loop) { holder.take(value) }.value
        }
    }
}
