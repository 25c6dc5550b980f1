import AWS
package import Config
package import LocalLambda

/// The functions of this machine: which target files describe one, and how.
package enum LocalFunctions {
    /// What the local Lambda runs: one function per target file that says how.
    package static func definitions(of targets: [TargetFile]) -> [FunctionDefinition] {
        targets.compactMap { target in
            guard let local = target.local else { return nil }
            let name = (try? FunctionName(target.function))?.name ?? target.function
            return FunctionDefinition(
                name: name,
                command: local.command,
                handler: local.handler,
                environment: local.environment,
                memoryMB: local.memoryMB,
                timeoutSeconds: local.timeoutSeconds,
                concurrency: local.concurrency,
                directory: target.folder,
                description: target.description ?? "",
                aliases: target.qualifier.map { [$0] } ?? []
            )
        }
    }
}
