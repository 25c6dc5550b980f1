import AWS
import Config
import Control
import EventLoop
import Gateway
import Sockets
import Store

extension GatewayServer {
    /// Reads gateway.toml, the certificate, the credentials and the target files again, and takes over what a running
    /// gateway can. What is faulty stays as it was. One reload follows another.
    /// - Returns: what came of it; the log has it too.
    @discardableResult
    package func reload() async -> ReloadReport {
        let previous = reloading
        let task = Task {
            _ = await previous?.value
            return await self.reloadNow()
        }
        reloading = task
        return await task.value
    }

    /// From now on reloads can be asked for through the store.
    func listenForReloads(_ store: Store::Store) async throws(StartFailure) {
        let listener = ReloadListener(
            store: store,
            localLambda: local.map { $0.listener },
            loop: control,
            log: log
        ) { [weak self] in await self?.reload() ?? ReloadReport() }
        reloadListener = listener
        do throws(StoreError) { try await listener.start() } catch { throw StartFailure("store: \(error)") }
    }

    private func reloadNow() async -> ReloadReport {
        log.write(.info, "reloading")
        var report = ReloadReport()
        do throws(ConfigFaults) {
            let references: Set = isLocal ? ["aws", "environment", "local_lambda"] : ["aws", "environment"]
            let new = try GatewayConfig.load(
                file: started.file,
                environment: environment,
                needing: .wholeFile(references: references)
            )
            await apply(new, &report)
        } catch {
            report.isRefused = true
            report.faults = error.faults.map { $0.description }
            return finish(report)
        }
        if let fault = access?.credentials.reloadOrKeep() {
            report.faults.append("the AWS credentials in force are kept: \(fault)")
        }
        await reloadTargets(&report)
        return finish(report)
    }

    private func finish(_ report: ReloadReport) -> ReloadReport {
        log.write(report.isRefused ? .error : report.faults.isEmpty ? .info : .warning, report.text)
        reports.reloaded(report)
        return report
    }

    // MARK: Settings

    private func apply(_ new: LoadedConfig, _ report: inout ReloadReport) async {
        var config = LiveSettings.laid(new.config, over: loaded.config)
        let switchesTLS = (new.config.tls == nil) != (started.config.tls == nil)
        func isLive(_ name: String) -> Bool {
            LiveSettings.names.contains(name) && !(switchesTLS && name.hasPrefix("tls."))
        }
        report.applied = latest.changes(to: new).filter(isLive)
        report.needsRestart = started.changes(to: new).filter { !isLive($0) }
        if let files = config.tls, let tls {
            do throws(TLSError) {
                try tls.reload(certificateFile: files.certificate, keyFile: files.key)
            } catch {
                report.faults.append("the certificate in force is kept: \(error.message)")
                report.applied.removeAll { $0.hasPrefix("tls.") }
                config.tls = loaded.config.tls
            }
        }
        loaded = new.with(config)
        latest = new
        log.setThreshold(config.log.level.threshold)
        for loginThrottle in loginThrottles {
            loginThrottle.change(rate: config.limits.failureRate, burst: config.limits.failureBurst)
        }
        await agentSources.replace(with: agentSourceCheck())
        await adminSources.replace(with: adminSourceCheck())
        await publish(config, &report)
    }

    /// States are published by the store's reader alone, so that they keep their order.
    private func publish(_ config: GatewayConfig, _ report: inout ReloadReport) async {
        guard let store else { return }
        let (publisher, limits, pageSize) = (publisher, config.limits, config.defaults.pageSize)
        do throws(StoreError) {
            try await store.read { _ throws(StoreError) in
                publisher.publish { settings in
                    settings.pageSize = pageSize
                    settings.requestRate = limits.requestRate
                    settings.requestBurst = limits.requestBurst
                }
            }
        } catch {
            report.faults.append("store: \(error)")
        }
    }

    // MARK: Targets

    private func reloadTargets(_ report: inout ReloadReport) async {
        guard let store else { return }
        do throws(StoreError) {
            let sync = try await synchronize(readTargets(), store)
            report.added = sync.changes.added.map { $0.text }
            report.updated = sync.changes.updated.map { $0.text }
            report.removed = sync.changes.removed.map { $0.text }
            report.kept = sync.kept.map { $0.text }
            report.faults += sync.faults.map { $0.fault.description }
            refresher?.refreshSoon()
        } catch {
            report.faults.append("the targets in force are kept: \(error)")
        }
    }
}
