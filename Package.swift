// swift-tools-version: 6.3
import PackageDescription

/// The only targets that may touch a raw pointer; everything else builds under strict memory safety.
let wrappers: Set = [
    "Bytes", "EventLoop", "TLS", "Crypto", "HTTPServer", "HTTPClient", "Curl", "SQLite", "TOML", "Process",
    "Sockets",
    "Files",
    "JOSE",
]

/// Swift targets by layer (docs/architecture.md); imports go downwards, or sideways without a cycle in layer 1 and 2.
let swiftTargets: [Target] = [
    // Layer 1: values and decisions. No I/O, no clock, no C, no Foundation.
    .target(name: "Bytes"),
    .target(name: "JSON", dependencies: ["Bytes"]),
    .target(name: "HTTP", dependencies: ["Bytes"]),
    .target(name: "Text", dependencies: ["Bytes"]),
    .target(name: "JSONSchema", dependencies: ["Bytes", "JSON"]),
    .target(name: "MCP", dependencies: ["Bytes", "JSON", "JSONSchema", "HTTP", "Text"]),
    .target(name: "Contracts", dependencies: ["Bytes", "JSON", "Text"]),
    .target(name: "Policy", dependencies: ["Bytes"]),
    .target(name: "RateLimit"),
    .target(name: "Telemetry", dependencies: ["Bytes"]),
    // Layer 2: one C library or kernel facility each.
    .target(name: "EventLoop", dependencies: ["CLinux"]),
    .target(name: "Process", dependencies: ["CLinux", "EventLoop"]),
    .target(name: "TLS", dependencies: ["COpenSSL"]),
    .target(name: "Crypto", dependencies: ["COpenSSL", "Bytes"]),
    .target(name: "SigV4", dependencies: ["Bytes", "Crypto"]),
    .target(name: "Sockets", dependencies: ["CLinux", "EventLoop", "TLS"]),
    .target(name: "HTTPServer", dependencies: ["CLinux", "EventLoop", "Sockets", "TLS", "HTTP", "Bytes"]),
    .target(name: "HTTPClient", dependencies: ["CLinux", "EventLoop", "Sockets", "TLS", "HTTP", "Bytes"]),
    .target(name: "Curl", dependencies: ["CCurl", "EventLoop", "HTTP", "HTTPClient", "Bytes", "Text"]),
    .target(name: "SQLite", dependencies: ["CSQLite"]),
    .target(name: "TOML", dependencies: ["CTOML"]),
    .target(name: "Files"),
    .target(name: "JOSE", dependencies: ["CJOSE", "COpenSSL", "Bytes", "JSON", "Crypto"]),
    // Layer 3: services.
    .target(
        name: "AWS",
        dependencies: ["Bytes", "JSON", "HTTP", "Text", "Crypto", "SigV4", "EventLoop", "HTTPClient"]
    ),
    .target(
        name: "Store",
        dependencies: ["SQLite", "Sockets", "EventLoop", "Files", "Crypto", "JSON", "MCP", "Policy", "Bytes"]
    ),
    .target(name: "LambdaModel", dependencies: ["Bytes", "JSON", "HTTP", "Crypto"]),
    .target(
        name: "LocalLambda",
        dependencies: [
            "LambdaModel", "Bytes", "JSON", "HTTP", "EventLoop", "HTTPServer", "Process", "Crypto", "SigV4",
        ]
    ),
    .target(
        name: "OAuth",
        dependencies: ["JOSE", "JSON", "Bytes", "HTTP", "HTTPClient", "EventLoop", "Crypto"]
    ),
    .target(
        name: "Config",
        dependencies: ["TOML", "Files", "Contracts", "HTTP", "Text", "JOSE", "MCP", "Policy"]
    ),
    // Layer 4: the data plane and the control plane.
    .target(
        name: "Gateway",
        dependencies: [
            "Bytes", "JSON", "HTTP", "MCP", "Text", "Contracts", "Policy", "Telemetry", "Crypto", "EventLoop",
            "RateLimit",
        ]
    ),
    .target(
        name: "Control",
        dependencies: [
            "Bytes", "JSON", "HTTP", "MCP", "Text", "Contracts", "Policy", "EventLoop", "TLS", "Crypto",
            "SigV4",
            "HTTPClient",
            "Curl", "AWS", "Store", "Config", "Files",
        ]
    ),
    .target(name: "REST", dependencies: ["JSON", "HTTP", "Crypto", "Bytes"]),
    // Layer 5: the APIs.
    .target(
        name: "AdminAPI",
        dependencies: ["REST", "JSON", "HTTP", "EventLoop", "Policy", "Store", "Config", "Control"]
    ),
    .target(
        name: "PortalAPI",
        dependencies: ["REST", "JSON", "HTTP", "Policy", "RateLimit", "Store"]
    ),
    // Layer 6: assembly.
    .target(
        name: "Server",
        dependencies: [
            "Bytes", "JSON", "HTTP", "MCP", "Contracts", "Policy", "RateLimit", "Telemetry", "EventLoop",
            "TLS", "Crypto",
            "Files", "Text",
            "SigV4", "HTTPServer", "HTTPClient", "Curl", "AWS", "Store", "LocalLambda", "Config", "Gateway",
            "OAuth", "Process",
            "Control", "REST", "AdminAPI", "PortalAPI",
        ]
    ),
    .target(
        name: "AdminCLI",
        dependencies: [
            "Bytes", "JSON", "HTTP", "MCP", "Text", "Policy", "EventLoop", "HTTPClient", "Curl", "Crypto",
            "Files",
            "SigV4", "AWS", "Store", "Config", "Control", "REST", "AdminAPI",
        ]
    ),
    // Layer 7.
    .executableTarget(name: "mcp-gateway", dependencies: ["AdminCLI", "Files", "Server"]),
]

let testTargets: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: [
            "EventLoop", "HTTP", "HTTPServer", "HTTPClient", "TLS", "Bytes", "JSON", "Crypto", "COpenSSL",
        ],
        path: "Tests/TestSupport"
    ),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Bytes", "TestSupport"]),
    .testTarget(name: "TextTests", dependencies: ["Text", "Bytes"]),
    .testTarget(name: "JSONSchemaTests", dependencies: ["JSONSchema", "JSON", "Bytes", "TestSupport"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "Bytes", "TestSupport"]),
    .testTarget(name: "MCPTests", dependencies: ["MCP", "JSON", "HTTP", "Bytes", "TestSupport"]),
    .testTarget(name: "ContractsTests", dependencies: ["Contracts", "JSON", "Bytes", "TestSupport"]),
    .testTarget(name: "PolicyTests", dependencies: ["Policy", "Bytes"]),
    .testTarget(name: "RateLimitTests", dependencies: ["RateLimit", "EventLoop"]),
    .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "Bytes", "TestSupport"]),
    .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "TestSupport"]),
    .testTarget(name: "ProcessTests", dependencies: ["Process", "EventLoop", "TestSupport"]),
    .testTarget(name: "TLSTests", dependencies: ["TLS", "TestSupport"]),
    .testTarget(name: "CryptoTests", dependencies: ["Crypto", "Bytes", "TestSupport"]),
    .testTarget(name: "SigV4Tests", dependencies: ["SigV4", "Crypto", "JSON", "Bytes", "TestSupport"]),
    .testTarget(
        name: "HTTPServerTests",
        dependencies: ["HTTPServer", "EventLoop", "TLS", "HTTP", "Bytes", "TestSupport"]
    ),
    .testTarget(
        name: "HTTPClientTests",
        dependencies: [
            "HTTPClient", "HTTPServer", "CLinux", "Curl", "EventLoop", "TLS", "HTTP", "Bytes", "TestSupport",
        ]
    ),
    .testTarget(
        name: "CurlTests",
        dependencies: [
            "Curl", "HTTPClient", "HTTPServer", "EventLoop", "TLS", "HTTP", "Bytes", "TestSupport",
        ]
    ),
    .testTarget(name: "JOSETests", dependencies: ["JOSE", "Crypto", "JSON", "Bytes", "TestSupport"]),
    .testTarget(
        name: "OAuthTests",
        dependencies: [
            "OAuth", "JOSE", "Curl", "HTTPClient", "HTTPServer", "HTTP", "EventLoop", "TLS", "Crypto", "JSON",
            "Bytes",
            "TestSupport",
        ]
    ),
    .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"]),
    .testTarget(name: "TOMLTests", dependencies: ["TOML", "TestSupport"]),
    .testTarget(
        name: "AWSTests",
        dependencies: [
            "AWS", "Crypto", "SigV4", "JSON", "HTTP", "HTTPClient", "EventLoop", "Bytes", "TestSupport",
        ]
    ),
    .testTarget(
        name: "StoreTests",
        dependencies: ["Store", "SQLite", "Sockets", "EventLoop", "Policy", "JSON", "Bytes", "TestSupport"]
    ),
    .testTarget(
        name: "LocalLambdaTests",
        dependencies: [
            "LocalLambda", "LambdaModel", "SigV4", "Crypto", "JSON", "HTTP", "HTTPServer", "EventLoop",
            "Bytes",
            "TestSupport",
        ],
        exclude: ["Functions", "boto3_client.py"]
    ),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(
        name: "ConfigTests",
        dependencies: ["Config", "Contracts", "JOSE", "TOML", "Files", "TestSupport"]
    ),
    .testTarget(
        name: "GatewayTests",
        dependencies: [
            "Gateway", "MCP", "JSON", "HTTP", "Policy", "Contracts", "Telemetry", "Crypto", "EventLoop",
            "Bytes",
            "RateLimit",
            "TestSupport",
        ]
    ),
    .testTarget(
        name: "ControlTests",
        dependencies: [
            "Control", "Store", "Policy", "Contracts", "Config", "AWS", "SigV4", "Crypto", "Curl",
            "EventLoop",
            "HTTPClient", "HTTPServer", "HTTP", "JSON", "Bytes", "TestSupport",
        ]
    ),
    .testTarget(name: "RESTTests", dependencies: ["REST", "JSON", "HTTP", "Bytes", "TestSupport"]),
    .testTarget(
        name: "AdminAPITests",
        dependencies: [
            "AdminAPI", "REST", "Control", "Config", "Store", "Policy", "Contracts", "EventLoop", "HTTP",
            "JSON",
            "Bytes", "TestSupport",
        ]
    ),
    .testTarget(
        name: "PortalAPITests",
        dependencies: [
            "PortalAPI", "REST", "Store", "Policy", "RateLimit", "Crypto", "HTTP", "JSON", "Bytes",
            "TestSupport",
        ]
    ),
    .testTarget(
        name: "AdminCLITests",
        dependencies: [
            "AdminCLI", "AdminAPI", "REST", "Control", "Store", "Config", "EventLoop", "HTTPServer", "HTTP",
            "JSON", "Bytes", "SQLite", "TestSupport",
        ]
    ),
    .testTarget(
        name: "ServerTests",
        dependencies: ["Server", "Gateway", "AWS", "HTTPClient", "TestSupport"]
    ),
    .testTarget(
        name: "IntegrationTests",
        dependencies: ["JSON", "HTTP", "HTTPServer", "Store", "Bytes", "TestSupport", "mcp-gateway"]
    ),
]

let package = Package(
    name: "mcp-gateway",
    products: [.executable(name: "mcp-gateway", targets: ["mcp-gateway"])],
    targets: [
        // Layer 0: module maps and shims over C.
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CTOML"),
        .systemLibrary(name: "CJOSE", pkgConfig: "cjose", providers: [.apt(["libcjose-dev"])]),
    ] + swiftTargets + testTargets,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system && !["CLinux", "CTOML"].contains(target.name) {
    let mayTouchPointers =
        wrappers.contains(target.name) || target.type == .test || target.name == "TestSupport"
    target.swiftSettings =
        [
            .treatAllWarnings(as: .error),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ] + (mayTouchPointers ? [] : [.strictMemorySafety()])
}
