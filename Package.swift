// swift-tools-version: 6.3
import PackageDescription

/// The only modules that may touch a raw pointer; everything else builds under strict memory safety.
let wrappers: Set = [
    "Bytes", "Threads", "EventLoop", "System", "Sockets", "Crypto", "HTTPServer", "HTTPClient", "Curl",
    "SQLite", "Database", "TOML", "JOSE",
]

/// What a call goes through. Release builds leave out the run-time checks for overlapping accesses here, which cost a call
/// some 5,000 instructions; debug builds, in which all tests run, and those of the thread sanitizer have them.
let hotPath: Set = [
    "Bytes", "Locks", "JSON", "HTTP", "MCP", "Contracts", "Policy", "RateLimit", "Telemetry", "Tracing",
    "EventLoop", "Sockets", "Crypto", "SigV4", "HTTPServer", "HTTPClient", "AWS", "Records", "Gateway",
    "Server",
]

/// What nobody waits for by the microsecond: release builds make these small rather than fast.
let coldPath: Set = [
    "Text", "JSONSchema", "Model", "TOML", "JOSE", "System", "Store", "LocalLambda", "OAuth", "Config",
    "Control", "REST", "AdminAPI", "PortalAPI", "AdminCLI", "mcp-gateway",
]

/// A layer is a folder of `Sources` and of `Tests` (docs/architecture.md). Its modules import those of lower layers,
/// and of their own without a cycle.
struct Layer {
    let folder: String
    let modules: [Target]
    let tests: [Target]

    init(_ folder: String, modules: [Target], tests: [Target]) {
        self.folder = folder
        self.modules = modules
        self.tests = tests
    }

    /// The targets with the paths that the folder gives them.
    var targets: [Target] {
        for module in modules { module.path = "Sources/\(folder)/\(module.name)" }
        for suite in tests { suite.path = "Tests/\(folder)/\(suite.name)" }
        return modules + tests
    }
}

extension Target {
    static func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
        .target(name: name, dependencies: dependencies)
    }

    static func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(name: name, dependencies: dependencies)
    }

    /// Every suite has `TestSupport`.
    static func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
        .testTarget(name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude)
    }

    /// A module map over a C library of the system.
    static func library(_ name: String, pkgConfig: String, package: String) -> Target {
        .systemLibrary(
            name: name,
            path: "Sources/0-Libraries/\(name)",
            pkgConfig: pkgConfig,
            providers: [.apt([package])]
        )
    }

    /// Our own C or C++: a shim over what Swift can't import.
    static func shim(_ name: String) -> Target {
        .target(name: name, path: "Sources/0-Libraries/\(name)")
    }
}

let layers: [Layer] = [
    // Values and decisions. No I/O, no clock, no C, no Foundation.
    Layer(
        "1-Values",
        modules: [
            .module("Bytes"),
            .module("Calendar", ["Bytes"]),
            .module("Locks"),
            .module("Text", ["Bytes"]),
            .module("JSON", ["Bytes"]),
            .module("JSONSchema", ["Bytes", "JSON", "Text"]),
            .module("HTTP", ["Bytes"]),
            .module("MCP", ["Bytes", "JSON", "JSONSchema", "HTTP", "Text"]),
            .module("Tracing", ["Bytes"]),
            .module("Contracts", ["Bytes", "Calendar", "JSON", "MCP", "Text", "Tracing"]),
            .module("Policy", ["Bytes", "Contracts", "MCP"]),
            .module("Model", ["Bytes", "Calendar", "Text", "MCP", "Contracts", "Policy"]),
            .module("RateLimit", ["Calendar", "Locks"]),
            .module("Telemetry", ["Bytes", "Locks", "MCP", "Policy"]),
        ],
        tests: [
            .tests("BytesTests", ["Bytes"]),
            .tests("CalendarTests", ["Calendar", "Bytes"]),
            .tests("JSONTests", ["JSON", "Bytes"]),
            .tests("TextTests", ["Text", "Bytes"]),
            .tests("JSONSchemaTests", ["JSONSchema", "JSON", "Bytes"]),
            .tests("HTTPTests", ["HTTP", "Bytes"]),
            .tests("MCPTests", ["MCP", "JSON", "HTTP", "Bytes"]),
            .tests("ContractsTests", ["Contracts", "JSON", "Bytes", "MCP", "Tracing"]),
            .tests("PolicyTests", ["Contracts", "Policy", "Bytes", "MCP"]),
            .tests("ModelTests", ["Model", "Policy"]),
            .tests("RateLimitTests", ["RateLimit", "EventLoop", "Calendar", "Locks"]),
            .tests("TelemetryTests", ["Telemetry", "Bytes", "Policy"]),
            .tests("TracingTests", ["Tracing", "Bytes"]),
        ]
    ),
    // One C library or kernel facility each.
    Layer(
        "2-System",
        modules: [
            .module("Threads", ["CLinux", "Calendar"]),
            .module("EventLoop", ["CLinux", "Calendar", "Locks", "Threads"]),
            .module("System", ["CLinux", "EventLoop"]),
            .module("Sockets", ["CLinux", "COpenSSL", "EventLoop", "Locks"]),
            .module("Crypto", ["COpenSSL", "Bytes"]),
            .module("SigV4", ["Bytes", "Crypto", "Calendar"]),
            .module("HTTPServer", ["CLinux", "EventLoop", "Sockets", "HTTP", "Bytes", "Calendar"]),
            .module(
                "HTTPClient",
                ["CLinux", "EventLoop", "Sockets", "HTTP", "Bytes", "Calendar", "Threads"]
            ),
            .module("Curl", ["CCurl", "EventLoop", "HTTP", "HTTPClient", "Bytes", "Text", "Calendar"]),
            .module("SQLite", ["CSQLite"]),
            .module("Database", ["SQLite"]),
            .module("TOML", ["CTOML"]),
            .module("JOSE", ["CJOSE", "COpenSSL", "Bytes", "JSON", "Crypto"]),
        ],
        tests: [
            .tests("ThreadsTests", ["Threads"]),
            .tests("EventLoopTests", ["EventLoop", "Locks"]),
            .tests("SystemTests", ["System", "EventLoop"]),
            .tests("SocketsTests", ["Sockets"]),
            .tests("CryptoTests", ["Crypto", "Bytes"]),
            .tests("SigV4Tests", ["SigV4", "Crypto", "JSON", "Bytes", "Calendar"]),
            .tests("HTTPServerTests", ["HTTPServer", "EventLoop", "Sockets", "HTTP", "Bytes"]),
            .tests(
                "HTTPClientTests",
                [
                    "Calendar", "HTTPClient", "HTTPServer", "CLinux", "Curl", "EventLoop", "Sockets", "HTTP",
                    "Bytes",
                ]
            ),
            .tests(
                "CurlTests",
                [
                    "Curl", "HTTPClient", "HTTPServer", "EventLoop", "Sockets", "HTTP", "Bytes",
                ]
            ),
            .tests("JOSETests", ["JOSE", "Crypto", "JSON", "Bytes"]),
            .tests("DatabaseTests", ["Database", "SQLite"]),
            .tests("TOMLTests", ["TOML"]),
        ]
    ),
    // AWS, the store, the local Lambda, token verification, configuration.
    Layer(
        "3-Services",
        modules: [
            .module(
                "AWS",
                [
                    "Bytes", "JSON", "HTTP", "Text", "Crypto", "SigV4", "EventLoop", "HTTPClient", "Curl",
                    "System",
                    "Calendar", "Threads", "Tracing",
                ]
            ),
            .module(
                "Store",
                [
                    "Database", "Sockets", "EventLoop", "System", "Crypto", "JSON", "MCP", "Policy",
                    "Bytes", "Calendar", "Threads", "Text", "RateLimit", "Model", "Contracts", "Telemetry",
                ]
            ),
            .module(
                "Records",
                [
                    "Database", "System", "Threads", "Crypto", "JSON", "Text", "Bytes", "Calendar", "Locks",
                    "Telemetry", "EventLoop", "JSONSchema", "Policy",
                ]
            ),
            .module(
                "OTLP",
                [
                    "Telemetry", "Tracing", "HTTPClient", "HTTP", "EventLoop", "Calendar", "Locks", "Bytes",
                    "MCP", "Text",
                ]
            ),
            .module(
                "LocalLambda",
                ["Bytes", "JSON", "HTTP", "EventLoop", "HTTPServer", "System", "Crypto", "SigV4", "Calendar"]
            ),
            .module(
                "OAuth",
                ["JOSE", "JSON", "Bytes", "HTTP", "HTTPClient", "EventLoop", "Crypto", "Calendar", "Policy"]
            ),
            .module(
                "Config",
                [
                    "TOML", "System", "Contracts", "HTTP", "Text", "JOSE", "MCP", "Policy", "Calendar",
                    "Bytes", "Model", "JSON", "Telemetry",
                ]
            ),
        ],
        tests: [
            .tests(
                "OAuthTests",
                [
                    "OAuth", "JOSE", "Curl", "HTTPClient", "HTTPServer", "HTTP", "EventLoop", "Sockets",
                    "Crypto", "JSON", "Bytes", "Policy",
                ]
            ),
            .tests(
                "AWSTests",
                [
                    "AWS", "Crypto", "SigV4", "JSON", "HTTP", "HTTPClient", "HTTPServer", "EventLoop",
                    "Bytes",
                    "Calendar", "Text", "System", "Tracing",
                ]
            ),
            .tests(
                "OTLPTests",
                [
                    "OTLP", "Telemetry", "Tracing", "Curl", "HTTPClient", "HTTPServer", "HTTP", "EventLoop",
                    "Sockets",
                    "Bytes", "Calendar", "JSON",
                ]
            ),
            .tests(
                "StoreTests",
                [
                    "Contracts", "Model", "Store", "Database", "System", "SQLite", "Sockets", "EventLoop",
                    "Crypto",
                    "MCP", "Policy",
                    "RateLimit",
                    "JSON", "Bytes", "Threads", "Telemetry", "Calendar", "Locks",
                ]
            ),
            .tests(
                "RecordsTests",
                [
                    "Locks",
                    "Records", "Telemetry", "Database", "SQLite", "System", "JSON", "Bytes", "Threads",
                    "EventLoop", "JSONSchema", "Policy",
                ]
            ),
            .tests(
                "LocalLambdaTests",
                [
                    "LocalLambda", "SigV4", "Crypto", "JSON", "HTTP", "HTTPServer", "EventLoop", "Bytes",
                    "Calendar", "AWS",
                ],
                exclude: ["Functions", "boto3_client.py", "boto3_lists.py", "boto3_streams.py"]
            ),
            .tests(
                "ConfigTests",
                ["Policy", "Config", "Contracts", "JOSE", "TOML", "System", "Bytes", "MCP", "Telemetry"]
            ),
        ]
    ),
    // The data plane, the control plane, and what the APIs are made of.
    Layer(
        "4-Planes",
        modules: [
            .module(
                "Gateway",
                [
                    "Bytes", "JSON", "HTTP", "MCP", "Text", "Contracts", "Policy", "Telemetry",
                    "Crypto", "EventLoop", "RateLimit", "Calendar", "Tracing", "Locks",
                ]
            ),
            .module(
                "Control",
                [
                    "Model", "Bytes", "JSON", "HTTP", "MCP", "Text", "Contracts", "Policy", "EventLoop",
                    "Sockets", "Crypto", "SigV4", "HTTPClient", "Curl", "AWS", "Store", "Config",
                    "System", "Calendar", "RateLimit", "Telemetry", "JSONSchema", "Records",
                ]
            ),
            .module("REST", ["JSON", "HTTP", "Crypto", "Bytes", "Calendar", "Locks"]),
        ],
        tests: [
            .tests(
                "GatewayTests",
                [
                    "Calendar", "Gateway", "MCP", "JSON", "HTTP", "Policy", "Contracts", "Telemetry",
                    "Crypto",
                    "EventLoop", "Bytes", "RateLimit", "Locks",
                ]
            ),
            .tests(
                "ControlTests",
                [
                    "Model", "Control", "Store", "Policy", "Contracts", "Config", "AWS", "SigV4", "Crypto",
                    "Curl", "EventLoop", "HTTPClient", "HTTPServer", "HTTP", "JSON", "Bytes", "RateLimit",
                    "MCP", "Telemetry", "Records", "Locks",
                ]
            ),
            .tests("RESTTests", ["REST", "JSON", "HTTP", "Bytes"]),
        ]
    ),
    // The APIs.
    Layer(
        "5-APIs",
        modules: [
            .module(
                "AdminAPI",
                [
                    "Bytes", "Contracts", "Model", "REST", "JSON", "HTTP", "EventLoop", "Policy", "RateLimit",
                    "Store", "Config", "Control", "Telemetry", "Records", "Calendar", "Crypto", "MCP",
                ]
            ),
            .module(
                "PortalAPI",
                [
                    "Model", "REST", "JSON", "HTTP", "Policy", "RateLimit", "Store", "Calendar", "EventLoop",
                    "Telemetry", "Records", "Bytes", "Control", "Crypto",
                ]
            ),
        ],
        tests: [
            .tests(
                "AdminAPITests",
                [
                    "Model", "AdminAPI", "REST", "Control", "Config", "Store", "Policy", "Contracts",
                    "EventLoop", "HTTP", "JSON", "Bytes", "Telemetry", "RateLimit", "Locks", "Records",
                    "Crypto",
                ]
            ),
            .tests(
                "PortalAPITests",
                [
                    "Model", "PortalAPI", "REST", "Telemetry", "Calendar", "Store", "Policy", "RateLimit",
                    "Crypto", "HTTP", "JSON",
                    "Bytes", "Records", "Control",
                ]
            ),
        ]
    ),
    // The server and the command line.
    Layer(
        "6-Assembly",
        modules: [
            .module(
                "Server",
                [
                    "Model", "Bytes", "JSON", "HTTP", "MCP", "Contracts", "Policy", "RateLimit", "Telemetry",
                    "EventLoop", "Sockets", "Crypto", "System", "Text", "HTTPServer",
                    "HTTPClient", "Curl", "AWS", "Store", "LocalLambda", "Config", "Gateway", "OAuth",
                    "Control", "REST", "AdminAPI", "PortalAPI", "Calendar", "Threads", "Records", "Locks",
                    "OTLP", "Tracing",
                ]
            ),
            .module(
                "AdminCLI",
                [
                    "Model", "Bytes", "JSON", "HTTP", "MCP", "Text", "Policy", "EventLoop", "HTTPClient",
                    "Curl",
                    "Crypto", "System", "Sockets", "TOML", "SigV4", "AWS", "Store", "Config", "Control",
                    "REST", "AdminAPI", "Calendar", "Records", "Telemetry",
                ]
            ),
        ],
        tests: [
            .tests(
                "AdminCLITests",
                [
                    "Model", "AdminCLI", "AdminAPI", "REST", "Control", "Store", "Config", "EventLoop",
                    "HTTPServer", "HTTP", "JSON", "Bytes", "SQLite", "Calendar", "Sockets", "Policy",
                    "Telemetry", "RateLimit", "Records", "Crypto",
                ]
            ),
            .tests(
                "ServerTests",
                [
                    "Model", "Server", "Gateway", "AWS", "HTTPClient", "AdminAPI", "PortalAPI", "Control",
                    "Config",
                    "Store", "HTTPServer", "HTTP", "EventLoop", "Crypto", "MCP", "Policy",
                    "Telemetry", "Bytes", "Calendar", "Contracts", "Locks",
                ]
            ),
        ]
    ),
    // The program.
    Layer(
        "7-Program",
        modules: [
            .program("mcp-gateway", ["AdminCLI", "System", "Server"])
        ],
        tests: [
            .tests(
                "IntegrationTests",
                ["Model", "JSON", "HTTP", "HTTPServer", "RateLimit", "Store", "Bytes", "mcp-gateway"]
            )
        ]
    ),
]

/// Programs that measure (docs/performance.md), built where `BENCHMARKS` is set alone: they are in no product, and what
/// is shipped is built without their folder.
let benchmarks: [Target] =
    Context.environment["BENCHMARKS"] == nil
    ? []
    : [
        .executableTarget(
            name: "records-bench",
            dependencies: ["Records", "Telemetry", "Bytes", "Calendar", "System"],
            path: "Benchmarks/records"
        ),
        .executableTarget(
            name: "usage-bench",
            dependencies: ["Store", "Telemetry", "Calendar"],
            path: "Benchmarks/usage"
        ),
    ]

let package = Package(
    name: "mcp-gateway",
    products: [.executable(name: "mcp-gateway", targets: ["mcp-gateway"])],
    targets: [
        .shim("CLinux"),
        .library("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
        .library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        .library("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        .shim("CTOML"),
        .library("CJOSE", pkgConfig: "cjose", package: "libcjose-dev"),
        .target(
            name: "TestSupport",
            dependencies: [
                "EventLoop", "HTTP", "HTTPServer", "HTTPClient", "Sockets", "Bytes", "JSON", "Crypto",
                "COpenSSL", "Records", "Telemetry",
            ],
            path: "Tests/TestSupport"
        ),
    ] + layers.flatMap { $0.targets } + benchmarks,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && !["CLinux", "CTOML"].contains(target.name) {
    let mayTouchPointers =
        wrappers.contains(target.name) || target.type == .test
        || ["TestSupport", "records-bench", "usage-bench"].contains(target.name)
    target.swiftSettings =
        [
            .treatAllWarnings(as: .error),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ] + (mayTouchPointers ? [] : [.strictMemorySafety()])
        + (hotPath.contains(target.name)
            ? [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))] : [])
        + (coldPath.contains(target.name)
            ? [.unsafeFlags(["-Osize"], .when(configuration: .release))] : [])
}

// Nothing looks up the program's symbols by name, and functions of the same code are kept once where nobody compares their
// addresses: 2 MB less. Source: gold's --icf=safe
for target in package.targets where target.name == "mcp-gateway" {
    target.linkerSettings = [
        .unsafeFlags(
            ["-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=safe"],
            .when(configuration: .release)
        )
    ]
}
