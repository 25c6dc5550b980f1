package import Telemetry
package import Bytes
package import Policy
package import Telemetry

/// The process's settings: `gateway.toml` with the environment laid over it. Every default stands here.
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
    /// In the file's order, then the environment's.
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
        /// What agents' models are told at the start of a session; empty for nothing.
        package var instructions = """
            This server is a gateway: its tools come from several servers. A tool's name is its server's name, three \
            underscores and the tool's own name, as in time___get_current_time, unless the operator gave it another. \
            Call tools by exactly the names that tools/list gives. The list holds what you may use and can change.
            """
        /// Peers whose `X-Forwarded-For` names the client: addresses and prefixes such as `10.0.0.0/8`.
        package var trustedProxies: [String] = []
        /// The head of a request, in bytes: 1,024...1,048,576.
        package var headerBytesMax = 32 * 1024
        /// The body of a request, in bytes: 1,024...67,108,864.
        package var bodyBytesMax = 4 * 1024 * 1024
        package var headerTimeout = Duration.seconds(10)
        package var bodyTimeout = Duration.seconds(30)
        /// How long a kept-alive connection may be silent.
        package var idleTimeout = Duration.seconds(75)
        package var connectionsMax = 10_000
        /// Of one peer (IPv6: one /64) that isn't among the trusted proxies.
        package var connectionsPerPeerMax = 1024
        /// Open streams that wait for changes, of all agents and of one key.
        package var streamsMax = 5000
        package var streamsPerKeyMax = 64
        /// After so long without an event a stream gets a comment: 1...300 s.
        package var streamKeepAlive = Duration.seconds(25)
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

    /// What to sign and where to call; whatever is `nil` comes from AWS's own sources.
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
        /// The URL of the Lambda API, in place of AWS's own.
        package var endpoint: String?
        package var credentials: AccessKeys?
        /// Whether every variable that the section refers to was there. If not, nobody may call Lambda: AWS's own sources
        /// would give another identity than the one that was meant.
        package var isComplete = true
    }

    /// When and how catalogs are read again.
    package struct Refresh: Sendable, Equatable {
        /// Zero: only at start and on demand.
        package var interval = Duration.seconds(300)
        /// Each wait is lengthened by a random part of this.
        package var jitter = Duration.seconds(30)
        /// For one target's whole list.
        package var timeout = Duration.seconds(30)
        /// Targets read at once.
        package var parallel = 8
        package var onStart = true
    }

    /// What a target has that doesn't say otherwise, and what all lists share.
    package struct Defaults: Sendable, Equatable {
        package var approval = Approval.required
        package var callTimeout = Duration.seconds(60)
        /// The longest exposed tool name, in characters: 16...128.
        package var toolNameMax = 64
        /// Tools in one page of a list: 1...10,000.
        package var pageSize = 1000
    }

    /// What keys and addresses may do besides calls, per second and at once: 1...1,000,000 each.
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
        /// What all connections together may keep in memory, in bytes: 33,554,432...1 << 40, and at least four times the
        /// largest body.
        package var bufferBytesMax = 128 * 1024 * 1024
        /// How long calls in flight may take to end after SIGTERM.
        package var drainTimeout = Duration.seconds(30)
    }

    package struct Log: Sendable, Equatable {
        package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
        package enum Format: String, Sendable, CaseIterable { case text, json }

        package var level = Level.info
        /// Of modules that have another one.
        package var levels: [LogModule: Level] = [:]
        package var format = Format.text
        /// Whether there is a line for each call.
        package var access = false
    }

    /// The local Lambda endpoint of `serve --local` and `lambda serve`.
    package struct LocalLambda: Sendable, Equatable {
        package var listen = ListenAddress(host: "127.0.0.1", port: 9001)
        /// The only credential it accepts. The defaults are public, so they are refused off the loopback.
        package var accessKeyID = Secret("local")
        package var secretAccessKey = Secret("local-secret")
        /// Whether every variable that the section refers to was there.
        package var isComplete = true
        /// Where what functions print goes.
        package var output = Output.terminal
        /// Whether changed files of the targets are taken over as they are saved.
        package var watch = true

        package enum Output: String, Sendable, CaseIterable {
            /// Standard error, after the target's name.
            case terminal
            /// The log alone, at level debug.
            case log
        }
    }

    /// `HTTPS_PROXY` and `NO_PROXY`. A proxy's URL may hold a password.
    package struct Proxy: Sendable, Equatable {
        package var https: Secret?
        package var exceptions: [String] = []
    }
}
