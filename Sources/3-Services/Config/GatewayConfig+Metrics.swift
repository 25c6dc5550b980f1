/// The settings of metrics for monitoring systems.
extension GatewayConfig {
    /// The settings of `/metrics`.
    package struct Metrics: Sendable, Equatable {
        /// Whether calls are also counted per tenant; the names of tenants are then visible to everyone who may
        /// scrape.
        package var tenantLabel = false
    }

    /// Metrics for Amazon CloudWatch, in its embedded metric format.
    package struct CloudWatch: Sendable, Equatable {
        package enum Output: Sendable, Equatable {
            case off
            /// Lines on standard output, which a log driver forwards to CloudWatch.
            case standardOutput
            /// The CloudWatch agent's listener.
            case agent(ListenAddress)
        }

        package var metrics = Output.off
        /// The log group for the agent's documents; nil to let the agent choose.
        package var logGroup: String?
    }

    mutating func readMetrics(_ reader: inout SettingsReader) {
        reader.read("metrics", "tenant_label", into: &metrics.tenantLabel, as: .boolean)
        reader.read("cloudwatch", "metrics", into: &cloudWatch.metrics, as: .cloudWatchOutput)
        cloudWatch.logGroup = reader.readOptional("cloudwatch", "log_group", as: .string(checkLogGroup))
        // With metrics off, the whole section has no effect, so a log group isn't refused then.
        if cloudWatch.logGroup != nil, cloudWatch.metrics == .standardOutput {
            reader.refuse(
                "cloudwatch",
                "log_group",
                "is for the CloudWatch agent: it needs cloudwatch.metrics = \"tcp://HOST:PORT\" as well"
            )
        }
    }
}

/// The name of a group of CloudWatch Logs. Source: API Reference of CloudWatch Logs, CreateLogGroup
func checkLogGroup(_ text: String) -> String? {
    let isName =
        (1...512).contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            byte &- 48 < 10 || (byte | 32) &- 97 < 26 || "._/#-".utf8.contains(byte)
        }
    return isName ? nil : "must be letters, digits and any of . - _ / #, at most 512, not \(brief(text))"
}

extension SettingForm where Value == GatewayConfig.CloudWatch.Output {
    static var cloudWatchOutput: Self {
        Self(
            text: "a string",
            read: { text throws(Refusal) in
                switch text {
                case "off": return .off
                case "stdout": return .standardOutput
                default:
                    let scheme = "tcp://"
                    if text.hasPrefix(scheme),
                        let place = ListenAddress(String(text.dropFirst(scheme.count))),
                        place.port > 0
                    {
                        return .agent(place)
                    }
                    throw Refusal(
                        "must be \"off\", \"stdout\" or the CloudWatch agent's \"tcp://127.0.0.1:25888\", not "
                            + brief(text)
                    )
                }
            },
            show: { output in
                switch output {
                case .off: "off"
                case .standardOutput: "stdout"
                case .agent(let place): "tcp://\(place)"
                }
            }
        )
    }
}
