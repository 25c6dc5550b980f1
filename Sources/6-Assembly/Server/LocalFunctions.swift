package import Config
package import LocalLambda
import Policy

/// The functions that run on this machine, as the target files describe them.
package enum LocalFunctions {
    /// [function] → the target that it runs for
    static func owners(of targets: [TargetFile]) -> [String: String] {
        let names = targets.filter { $0.local != nil }.flatMap { target in
            target.functions.map { ($0.name, target.name) }
        }
        return Dictionary(names, uniquingKeysWith: { first, _ in first })
    }

    /// The functions that the local Lambda runs: those of each target file that says how to run them. The functions of
    /// one target differ in their handlers, and share one log.
    package static func definitions(of targets: [TargetFile]) -> [FunctionDefinition] {
        targets.flatMap { target -> [FunctionDefinition] in
            guard let local = target.local else { return [] }
            return target.functions.map { function in
                FunctionDefinition(
                    name: function.name,
                    command: local.command,
                    handler: local.handlers[function.name] ?? local.handler,
                    environment: local.environment,
                    memoryMB: local.memoryMB,
                    timeoutSeconds: local.timeoutSeconds,
                    concurrency: local.concurrency,
                    directory: target.folder,
                    description: function.description,
                    tags: local.tags,
                    aliases: Set(
                        [target.qualifier].compactMap { $0 }
                            + (target.invoke.route?.branches ?? []).map { $0.qualifier }
                    ),
                    log: target.name
                )
            }
        }
    }
}

extension TargetFolder {
    /// The folder for a process that runs functions: a target whose function can't run becomes a fault of its own.
    /// - Parameter others: targets whose functions run already and keep running.
    func runnable(beside others: [TargetFile] = []) -> TargetFolder {
        var result = runningLocally()
        var owners: [String: String] = [:]
        for target in others {
            for function in LocalFunctions.definitions(of: [target]) { owners[function.name] = target.name }
        }
        for target in result.targets {
            for function in LocalFunctions.definitions(of: [target]) {
                var messages = function.faults
                if let owner = owners[function.name] {
                    messages.append(
                        "function \(function.name) is run for the target \(owner) already; rename one"
                    )
                }
                if messages.isEmpty { owners[function.name] = target.name }
                result.faults += messages.map { message in
                    let place = ConfigFault.Place.file(path: target.file, line: 0)
                    let fault = ConfigFault(place: place, key: "local", message: message)
                    return Fault(target: target.name, fault: fault)
                }
            }
        }
        let faulty = Set(result.faults.compactMap { $0.target })
        result.targets.removeAll { faulty.contains($0.name) }
        return result
    }
}
