/// The variables of a function's process, as on AWS.
///
/// Left out on purpose: `AWS_LAMBDA_MAX_CONCURRENCY` (it would switch on a mode with several events at a time),
/// `_LAMBDA_TELEMETRY_LOG_FD` (logs go to standard output without it).
/// Source: AWS Lambda developer guide, "Defined runtime environment variables"; awslambdaric 4.2.2
package struct FunctionEnvironment: Sendable {
    /// The values that depend on the process and its configuration.
    package struct Setting: Sendable {
        package var region: String
        /// `host:port` of the process's own Runtime API, without a scheme.
        package var runtimeAPI: String
        package var logStream: String
        /// The directories in which programs are searched for.
        package var searchPath: String
        package var traceID: String

        package init(
            region: String,
            runtimeAPI: String,
            logStream: String,
            searchPath: String,
            traceID: String
        ) {
            self.region = region
            self.runtimeAPI = runtimeAPI
            self.logStream = logStream
            self.searchPath = searchPath
            self.traceID = traceID
        }
    }

    /// The names that a definition may not set, because AWS doesn't allow it or because the process wouldn't work with
    /// them.
    package static let reserved: Set<String> = [
        "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY", "_HANDLER", "_LAMBDA_TELEMETRY_LOG_FD",
        "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "PWD",
    ]

    /// A function's own variables take precedence over the defaults: they may set credentials, region, PATH and so on,
    /// so that a local function can use the real AWS if its owner wants that.
    package static func variables(of function: FunctionDefinition, _ setting: Setting) -> [String: String] {
        var variables = defaults(of: function, setting)
        for (name, value) in function.environment where !reserved.contains(name) { variables[name] = value }
        let own = function.environment["PYTHONPATH"].map { ":\($0)" } ?? ""
        variables["PYTHONPATH"] = function.directory + own
        return variables
    }

    private static func defaults(of function: FunctionDefinition, _ setting: Setting) -> [String: String] {
        [
            "AWS_REGION": setting.region,
            "AWS_DEFAULT_REGION": setting.region,
            // These look like temporary credentials but belong to nobody: real ones come from a role, which exists
            // only on AWS.
            "AWS_ACCESS_KEY_ID": "ASIALOCALLAMBDA00000",
            "AWS_SECRET_ACCESS_KEY": "local/lambda/functions/have/no/role/key0",
            "AWS_SESSION_TOKEN": "local-lambda",
            "AWS_EXECUTION_ENV": "AWS_Lambda_\(function.runtime)",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(function.memoryMB),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(function.name)",
            "AWS_LAMBDA_LOG_STREAM_NAME": setting.logStream,
            "AWS_LAMBDA_RUNTIME_API": setting.runtimeAPI,
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
            "_AWS_XRAY_DAEMON_PORT": "2000",
            "LAMBDA_RUNTIME_DIR": function.directory,
            "LAMBDA_TASK_ROOT": function.directory,
            "LANG": "en_US.UTF-8",
            "LC_CTYPE": "C.UTF-8",
            "LD_LIBRARY_PATH": "\(function.directory):\(function.directory)/lib",
            "PATH": setting.searchPath,
            "PWD": function.directory,
            "SHLVL": "0",
            "TZ": ":UTC",
            "_HANDLER": function.handler,
            "_X_AMZN_TRACE_ID": setting.traceID,
        ]
    }
}
