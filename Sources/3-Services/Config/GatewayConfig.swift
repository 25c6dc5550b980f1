package import Telemetry
package import Bytes
package import Policy
package import Telemetry

/// The process's settings: `gateway.toml` with the environment applied over it. All defaults are defined here.
package struct GatewayConfig: Sendable, Equatable {
    package var agents = Agents()
    package var admin = Admin()
    package var tls: TLS?
    package var store = Store()
    package var records = Records()
    package var targets = Targets()
    package var aws = AWS()
    package var refresh = Refresh()
    package var defaults = Defaults()
    package var limits = Limits()
    package var prices = PriceTable()
    package var server = Server()
    package var log = Log()
    package var localLambda = LocalLambda()
    package var proxy = Proxy()
    /// The discoveries: those of the file in its order, then that of the environment.
    package var discovery: [Discovery] = []
    package var jwt = JWT()
    package var metrics = Metrics()
    package var cloudWatch = CloudWatch()
    package var traces = Traces()

    package init() {}
}

extension GatewayConfig {
    /// The listener that agents speak to.
    package struct Agents: Sendable, Equatable {
        package var listen = ListenAddress(host: "127.0.0.1", port: 3000)
        /// `Host` values accepted besides the listener's own address and the loopback names.
        package var allowedHosts: [String] = []
        /// `Origin` values that a browser may send; none by default.
        package var allowedOrigins: [String] = []
        /// The instructions for agents' models at the start of a session; empty for none.
        package var instructions = """
            This server is a gateway: its tools come from several servers. A tool's name is its server's name, three \
            underscores and the tool's own name, as in time___get_current_time, unless the operator gave it another. \
            Call tools by exactly the names that tools/list gives. The list holds what you may use and can change.
            """
        /// Peers whose `X-Forwarded-For` names the client: addresses and prefixes such as `10.0.0.0/8`.
        package var trustedProxies: [String] = []
        /// The largest head of a request, in bytes: 1,024...1,048,576.
        package var headerBytesMax = 32 * 1024
        /// The largest body of a request, in bytes: 1,024...67,108,864.
        package var bodyBytesMax = 4 * 1024 * 1024
        package var headerTimeout = Duration.seconds(10)
        package var bodyTimeout = Duration.seconds(30)
        /// How long a kept-alive connection may be idle.
        package var idleTimeout = Duration.seconds(75)
        package var connectionsMax = 10_000
        /// The most connections of one peer (IPv6: one /64) that isn't a trusted proxy.
        package var connectionsPerPeerMax = 1024
        /// The most open streams that wait for changes: of all agents, and of one key.
        package var streamsMax = 5000
        package var streamsPerKeyMax = 64
        /// How long a stream may have no event before it gets a keep-alive comment: 1...300 s.
        package var streamKeepAlive = Duration.seconds(25)
        /// How long the client of a legacy session may take to answer what a function asks during a call: 1 s...15 min.
        package var inputTimeout = Duration.seconds(300)
        /// How often each resource that agents watch is read: 5 s to 1 d; zero where none can be watched.
        package var resourcePoll = Duration.zero
        /// The most resources that are watched: by one stream or session, and by all.
        package var resourceWatchesPerStreamMax = 16
        package var resourceWatchesMax = 5000
    }

    /// The listener for operators and monitoring.
    package struct Admin: Sendable, Equatable {
        package var listen = ListenAddress(host: "127.0.0.1", port: 3001)
    }

    /// The agents listener's certificate chain and key, as paths of PEM files.
    package struct TLS: Sendable, Equatable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    package struct Store: Sendable, Equatable {
        /// The SQLite file.
        package var path = "var/gateway.db"
    }

    package struct Targets: Sendable, Equatable {
        /// The folder that holds `<name>/target.toml`.
        package var directory = "targets"
    }

    /// The credentials, region and endpoint for AWS; for each value that is `nil`, AWS's standard sources are used.
    package struct AWS: Sendable, Equatable {
        /// A static credential; complete or absent.
        package struct AccessKeys: Sendable, Equatable {
            package var accessKeyID: Secret
            package var secretAccessKey: Secret
            package var sessionToken: Secret?

            package init(accessKeyID: Secret, secretAccessKey: Secret, sessionToken: Secret? = nil) {
                self.accessKeyID = accessKeyID
                self.secretAccessKey = secretAccessKey
                self.sessionToken = sessionToken
            }
        }

        package var region: String?
        package var profile: String?
        /// The URL of the Lambda API, instead of AWS's own.
        package var endpoint: String?
        package var credentials: AccessKeys?
        /// Whether every variable that the section refers to was set. If not, Lambda must not be called: AWS's
        /// standard sources would give other credentials than the intended ones.
        package var isComplete = true
    }

    /// The settings of refreshes.
    package struct Refresh: Sendable, Equatable {
        /// The time between two refreshes; zero to refresh only at start and on demand.
        package var interval = Duration.seconds(300)
        /// The upper limit of a random time that is added to each interval.
        package var jitter = Duration.seconds(30)
        /// The time limit for reading one target's whole list.
        package var timeout = Duration.seconds(30)
        /// The number of targets that are read at once.
        package var parallel = 8
        package var onStart = true
    }

    /// Defaults for the settings of targets, and the settings that all tool lists share.
    package struct Defaults: Sendable, Equatable {
        package var approval = Approval.required
        package var callTimeout = Duration.seconds(60)
        /// The longest exposed tool name, in characters: 16...128.
        package var toolNameMax = 64
        /// The number of tools in one page of a list: 1...10,000.
        package var pageSize = 1000
        /// The most bytes of one message that a function streams: 1 << 20...64 << 20.
        package var streamMessageBytesMax = 6 << 20
        /// The most bytes that a function streams in answer to one call: 1 << 20...1 << 30.
        package var streamBytesMax = 200 << 20
    }

    /// Limits on requests other than calls and on failed authentications, as a rate per second and a burst:
    /// 1...1,000,000 each.
    package struct Limits: Sendable, Equatable {
        /// Requests other than calls, for each key.
        package var requestRate = 100
        package var requestBurst = 500
        /// Failed authentications, for each client address.
        package var failureRate = 10
        package var failureBurst = 100
    }

    package struct Server: Sendable, Equatable {
        /// Event loops, each with its own thread; 0 for one per core.
        package var loops = 0
        /// The memory that all connections together may use for buffers, in bytes: 33,554,432...1 << 40, and at least
        /// four times the largest head and body.
        package var bufferBytesMax = 128 * 1024 * 1024
        /// How long running calls may take to end after SIGTERM.
        package var drainTimeout = Duration.seconds(30)

        /// The least room for buffers with which a client can be sent a message of so many bytes: one may have half of the room,
        /// and the message has its frame there too.
        static func leastBufferBytes(forMessage bytes: Int) -> Int { 2 * (bytes + (64 << 10)) }

        /// Whether there is room for such messages.
        package func hasRoom(forMessage bytes: Int) -> Bool {
            bufferBytesMax >= Self.leastBufferBytes(forMessage: bytes)
        }
    }

    package struct Log: Sendable, Equatable {
        package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
        package enum Format: String, Sendable, CaseIterable { case text, json }

        package var level = Level.info
        /// The levels of modules whose level differs from `level`.
        package var levels: [LogModule: Level] = [:]
        package var format = Format.text
        /// Whether a line is logged for each call.
        package var access = false
    }

    /// The local Lambda endpoint of `serve --local` and `lambda serve`.
    package struct LocalLambda: Sendable, Equatable {
        package var listen = ListenAddress(host: "127.0.0.1", port: 9001)
        /// The only credential that the endpoint accepts. The defaults are public, so they are refused for listeners
        /// that other machines can reach.
        package var accessKeyID = Secret("local")
        package var secretAccessKey = Secret("local-secret")
        /// Whether every variable that the section refers to was set.
        package var isComplete = true
        /// The destination of the functions' output.
        package var output = Output.terminal
        /// Whether changes to the targets' files take effect as soon as they are saved.
        package var watch = true

        package enum Output: String, Sendable, CaseIterable {
            /// Standard error, each line prefixed with the target's name.
            case terminal
            /// Only the log, at level debug.
            case log
        }
    }

    /// `HTTPS_PROXY` and `NO_PROXY`. A proxy's URL may hold a password.
    package struct Proxy: Sendable, Equatable {
        package var https: Secret?
        package var exceptions: [String] = []
    }
}
