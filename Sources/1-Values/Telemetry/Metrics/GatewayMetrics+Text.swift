package import Bytes

/// The text of `/metrics`.
extension GatewayMetrics {
    /// Everything as Prometheus text. `certificateEndsAt` is in seconds since 1970.
    /// The other figures are the caller's present readings.
    package func render(
        version: String,
        process: ProcessFigures,
        buffers: BufferFigures = BufferFigures(),
        signing: SigningFigures? = nil,
        catalog: [CatalogFigures],
        certificateEndsAt: Int64? = nil,
        limits: [LimitFigures] = [],
        records: RecordQueueFigures? = nil,
        traces: TraceFigures? = nil,
        isReady: Bool? = nil
    ) -> ByteBuffer {
        var writer = MetricsWriter(ByteBuffer(capacity: 16 * 1024))
        writer.family("mcp_gateway_build_info", .gauge, "Always 1; the label holds the version.")
        writer.sample([("version", version)], 1)
        writeCalls(to: &writer)
        requests.write(to: &writer)
        authenticationFailures.write(to: &writer)
        refreshes.write(to: &writer)
        limitRefusals.write(to: &writer)
        cloudWatchDocuments.write(to: &writer)
        LimitFigures.write(limits, to: &writer)
        operations.write(to: &writer)
        tenants?.write(to: &writer)
        loops.write(to: &writer)
        records?.write(to: &writer)
        traces?.write(to: &writer)
        discoveries.write(to: &writer)
        if let isReady {
            writer.gauge(
                "mcp_gateway_ready",
                "1 while /readyz says that agents are served, else 0.",
                isReady ? 1 : 0
            )
        }
        writer.gauge(
            "mcp_gateway_store_failing",
            "1 while what the server counts can't be stored, else 0.",
            storeFailing.value
        )
        writer.family("mcp_gateway_connections", .gauge, "Open connections of agents.")
        writer.sample([], connections.value)
        writer.family("mcp_gateway_streams", .gauge, "Open streams of agents that wait for changes.")
        writer.sample([], streams.value)
        writer.counter(
            "mcp_gateway_stream_notifications_total",
            "Notifications sent on streams: of changed lists and of changed resources.",
            streamNotifications.value
        )
        resourcePolls.write(to: &writer)
        writer.counter(
            "mcp_gateway_usage_merged_calls_total",
            "Calls that usage counts as their tenants' alone: more tools and keys were called than it tells apart.",
            usageMerged.value
        )
        buffers.write(to: &writer)
        signing?.write(to: &writer)
        snapshots.write(to: &writer)
        write(catalog, to: &writer)
        if let certificateEndsAt {
            writer.family(
                "mcp_gateway_certificate_expiry_timestamp_seconds",
                .gauge,
                "When the certificate of the agents' listener ends, in seconds since 1970."
            )
            writer.sample([], UInt64(max(0, certificateEndsAt)))
        }
        write(process, to: &writer)
        return writer.buffer
    }

    private func writeCalls(to writer: inout MetricsWriter) {
        let (byTarget, tools) = all
        writer.family("mcp_gateway_calls_total", .counter, "Tool calls ended, by target, tool and outcome.")
        for call in tools {
            for outcome in CallOutcome.allCases {
                // A tool has its "ok" from the start, so that a first call is seen as growth; other outcomes are added
                // as they happen.
                let count = call.count(outcome)
                guard count > 0 || outcome == .ok else { continue }
                let labels = [
                    ("target", call.target.target), ("tool", call.tool), ("outcome", outcome.label),
                ]
                writer.sample(labels, count)
            }
        }
        writer.family("mcp_gateway_calls_in_flight", .gauge, "Tool calls begun and not ended, by target.")
        for target in byTarget { writer.sample([("target", target.target)], target.inFlight.value) }
        writer.family(
            "mcp_gateway_call_own_duration_seconds",
            .histogram,
            "The gateway's own part of a tool call: all its time but the upstream's."
        )
        writer.sample([], own.read())
        writer.family(
            "mcp_gateway_call_upstream_duration_seconds",
            .histogram,
            "From sending a call to Lambda to its whole answer, by target."
        )
        for target in byTarget { writer.sample([("target", target.target)], target.upstream.read()) }
        TargetMetrics.write(byTarget, to: &writer)
        Self.write(byTarget, to: &writer)
    }

    /// Writes each target's figures; a name that comes twice is written once.
    private func write(_ catalog: [CatalogFigures], to writer: inout MetricsWriter) {
        var seen: Set<String> = []
        let targets = catalog.filter { seen.insert($0.target).inserted }
        refreshTimes.write(targets, to: &writer)
        writer.family("mcp_gateway_catalog_tools", .gauge, "Tools in the catalog, by target.")
        for entry in targets { writer.sample([("target", entry.target)], entry.tools) }
        writer.family(
            "mcp_gateway_catalog_age_seconds",
            .gauge,
            "Since a target's tools were last read with success."
        )
        for entry in targets {
            if let age = entry.ageSeconds { writer.sample([("target", entry.target)], age) }
        }
        writer.family("mcp_gateway_catalog_failing", .gauge, "1 when a target's last refresh failed, else 0.")
        for entry in targets { writer.sample([("target", entry.target)], entry.isFailing ? 1 : 0) }
        writer.family(
            "mcp_gateway_calls_failing",
            .gauge,
            "1 when a target's calls fail, as `mcp-gateway status` judges, else 0."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.areCallsFailing ? 1 : 0) }
        writer.family(
            "mcp_gateway_catalog_tools_refused",
            .gauge,
            "Tools that a target lists and that are not served, by target."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.refusedTools) }
        writer.family(
            "mcp_gateway_catalog_tools_changed",
            .gauge,
            "Tools that are served otherwise than their target sent them, by target."
        )
        for entry in targets { writer.sample([("target", entry.target)], entry.changedTools) }
    }
}

extension GatewayMetrics {
    /// Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    private func write(_ process: ProcessFigures, to writer: inout MetricsWriter) {
        writer.family("process_cpu_seconds_total", .counter, "User and system CPU time spent, in seconds.")
        writer.sample([], process.cpuSeconds)
        let gauges: [(String, String, Double)] = [
            (
                "process_resident_memory_bytes", "Resident memory size in bytes.",
                Double(process.residentBytes)
            ),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", Double(process.virtualBytes)),
            ("process_open_fds", "Open file descriptors.", Double(process.openDescriptors)),
            (
                "process_max_fds", "The most file descriptors that may be open.",
                Double(process.descriptorsMax)
            ),
            ("process_threads", "Threads of the process.", Double(process.threads)),
            (
                "process_start_time_seconds", "When the process started, in seconds since 1970.",
                process.startSeconds
            ),
        ]
        for (name, help, value) in gauges {
            writer.family(name, .gauge, help)
            writer.sample([], value)
        }
    }
}
