/// The variables that a function's process gets, as on AWS.
///
/// Left out on purpose: `AWS_LAMBDA_MAX_CONCURRENCY` (would switch on a mode with several events at a time),
/// `_LAMBDA_TELEMETRY_LOG_FD` (logs go to standard output without it).
/// Source: AWS Lambda developer guide, "Defined runtime environment variables"; awslambdaric 4.2.2
package struct FunctionEnvironment: Sendable {
    /// Where and as what the process runs.
    package struct Setting: Sendable {
        package var region: String
        /// `host:port` of the process's own Runtime API, without a scheme.
        package var runtimeAPI: String
        package var logStream: String
        /// Where programs are looked for.
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

    /// Names that a definition may not set, as it could not on AWS, or as the process would not work with them.
    package static let reserved: Set<String> = [
        "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY", "_HANDLER", "_LAMBDA_TELEMETRY_LOG_FD",
        "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "PWD",
    ]

    /// A function's own variables win over the defaults: credentials, region, PATH and so on may be given there, so
    /// that a local function can reach the real AWS when its owner wants that.
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
            // Temporary credentials in shape, of nobody: the real ones come from a role that exists only on AWS.
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
