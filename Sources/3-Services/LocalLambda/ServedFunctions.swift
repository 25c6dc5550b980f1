import EventLoop

/// The functions that the local Lambda serves: their pools of processes, and what they wrote last. Loop thread only.
final class ServedFunctions {
    let configuration: LocalLambda.Configuration
    /// Called before each invocation is given to a process: it may still `renew` that.
    var lookForChanges: () -> Void = {}
    /// By name.
    private(set) var all: [FunctionDefinition] = []
    private let loop: EventLoop
    private let onLog: (FunctionLogLine) -> Void
    private var pools: [String: FunctionPool] = [:]
    /// Pools of functions that were changed or removed and still have processes.
    private var retired: [FunctionPool] = []
    /// What functions wrote last, by the words of their logs.
    private var logs: [String: FunctionLog] = [:]
    private var modifiedMs: Int64 = 0

    init(
        _ configuration: LocalLambda.Configuration,
        loop: EventLoop,
        onLog: @escaping @Sendable (FunctionLogLine) -> Void
    ) {
        self.configuration = configuration
        self.loop = loop
        self.onLog = onLog
    }

    /// Serves these functions from now on. Processes of functions that did not change stay; calls in flight finish.
    func install(_ functions: [FunctionDefinition]) {
        loop.assertCurrent()
        modifiedMs = loop.wallMs
        retired.removeAll { $0.processCount == 0 }
        let previous = exchange(&pools, with: [:])
        for function in functions {
            let kept = previous[function.name].flatMap { $0.function == function ? $0 : nil }
            pools[function.name] =
                kept
                ?? FunctionPool(function: function, settings: configuration, loop: loop) { [weak self] in
                    self?.wrote($0)
                }
        }
        let kept = Set(pools.values.map { $0.function.log })
        logs = logs.filter { kept.contains($0.key) }
        for (name, pool) in previous where pools[name] !== pool {
            pool.retireWhenIdle()
            retired.append(pool)
        }
        all = functions.sorted { $0.name < $1.name }
    }

    /// Kills every process with its group, and returns when none is left.
    func stop() async {
        let stopped = exchange(&pools, with: [:]).values + retired
        for pool in stopped { await pool.stop() }
        retired = []
    }

    /// Invocations of functions with this code folder, or of all, start new processes from now on; running ones finish
    /// in theirs.
    func renew(inFolder folder: String?) {
        for pool in pools.values where folder == nil || pool.function.directory == folder { pool.renew() }
    }

    /// Processes that exist now, over all functions.
    var processCount: Int { (pools.values + retired).reduce(0) { $0 + $1.processCount } }

    // MARK: Logs

    /// nil when there is no such function.
    func log(of function: String, after number: Int, countMax: Int) -> FunctionLog.Page? {
        guard let pool = pools[function] else { return nil }
        return (logs[pool.function.log] ?? FunctionLog()).page(after: number, countMax: countMax)
    }

    private func wrote(_ line: FunctionLogLine) {
        let log = pools[line.function]?.function.log ?? line.function
        logs[log, default: FunctionLog()].add(line)
        onLog(line)
    }
}

extension ServedFunctions {
    // MARK: For LambdaAPI

    var wallMs: Int64 { loop.wallMs }

    func pool(named name: String) -> FunctionPool? { pools[name] }

    /// - Parameters:
    ///   - region: the one that the request is signed for.
    ///   - account: this one's when left out.
    func arn(of name: String, qualifier: String?, in region: String, account: String? = nil) -> String {
        let suffix = qualifier.map { ":\($0)" } ?? ""
        let account = account ?? configuration.accountID
        return "arn:\(Self.partition(of: region)):lambda:\(region):\(account):function:\(name)\(suffix)"
    }

    /// Source: AWS General Reference, "Amazon Resource Names"
    private static func partition(of region: String) -> String {
        let partitions = [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")]
        return partitions.first { region.hasPrefix($0.0) }?.1 ?? "aws"
    }

    func description(of function: FunctionDefinition, arn: String) -> FunctionDescription {
        FunctionDescription(
            function: function,
            arn: arn,
            role:
                "arn:\(Self.partition(of: configuration.region)):iam::\(configuration.accountID):role/local-lambda",
            modifiedMs: modifiedMs
        )
    }
}
