import HTTPClient
import Text

/// The metadata endpoint, from which an EC2 instance gets its role's keys.
///
/// Source: EC2 User Guide, "Use IMDSv2"; AWS SDKs and Tools Reference Guide, "IMDS client"
struct InstanceEndpoint: Sendable, Equatable {
    let endpoint: Endpoint
    /// Whether requests without a session token (IMDSv1) are allowed.
    let allowsVersion1: Bool

    /// - Throws: which setting isn't a valid endpoint.
    init(_ settings: AWSSettings) throws(CredentialsError) {
        func value(_ variable: String, _ key: String) -> String? {
            settings.environment[variable] ?? settings.profileValue(key)
        }
        allowsVersion1 =
            value("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")?.lowercased() != "true"
        if let url = value("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint") {
            guard let endpoint = Endpoint(url: url) else {
                throw .misconfigured(
                    place: "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                    reason: "\(quoted(url)) is not a URL of the form http[s]://host[:port][/path]"
                )
            }
            self.endpoint = endpoint
            return
        }
        let mode = value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
        switch mode.map({ $0.lowercased() }) ?? "ipv4" {
        case "ipv4": endpoint = Endpoint(scheme: .http, host: "169.254.169.254")
        case "ipv6": endpoint = Endpoint(scheme: .http, host: "fd00:ec2::254")
        default:
            throw .misconfigured(
                place: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                reason: "is IPv4 or IPv6, not \(quoted(mode ?? ""))"
            )
        }
    }
}
