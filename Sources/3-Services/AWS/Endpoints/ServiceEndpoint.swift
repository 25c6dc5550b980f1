package import HTTPClient

/// An AWS service: its names in hosts, settings and signatures.
package struct AWSService: Sendable, Equatable {
    /// The name in signatures and host names.
    package let name: String
    /// The suffix after `AWS_ENDPOINT_URL_`.
    let variable: String
    /// The key in a `[services]` section.
    let key: String

    package static let lambda = AWSService(name: "lambda", variable: "LAMBDA", key: "lambda")
    package static let sts = AWSService(name: "sts", variable: "STS", key: "sts")
    package static let secretsManager = AWSService(
        name: "secretsmanager",
        variable: "SECRETS_MANAGER",
        key: "secrets_manager"
    )
    package static let parameterStore = AWSService(name: "ssm", variable: "SSM", key: "ssm")
    /// EventBridge's schema registries.
    package static let schemas = AWSService(name: "schemas", variable: "SCHEMAS", key: "schemas")
    /// The service that gives keys to users who have signed on; its requests are not signed.
    static let singleSignOn = AWSService(name: "portal.sso", variable: "SSO", key: "sso")
}

extension AWSSettings {
    /// The endpoint of a service: the caller's own URL, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
    /// profile's services section, the profile's `endpoint_url`, and finally the region's host.
    ///
    /// A path in a URL is kept as a prefix. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints",
    /// and the services' endpoint rules
    package func endpoint(
        of service: AWSService,
        explicit: String? = nil,
        region: Region
    ) throws(EndpointError) -> Endpoint {
        let usesFIPS = isOn("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        let usesDualStack = isOn("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        if let (url, setting) = customEndpoint(of: service, explicit) {
            if usesFIPS { throw .variantOfCustomEndpoint(variant: "the FIPS endpoint", setting: setting) }
            if usesDualStack {
                throw .variantOfCustomEndpoint(variant: "the dual-stack endpoint", setting: setting)
            }
            guard let endpoint = Endpoint(url: url) else { throw .badURL(url, setting: setting) }
            return endpoint
        }
        let partition = region.partition
        // In GovCloud regions, STS's ordinary hosts are already FIPS-certified.
        let hasFIPSName = usesFIPS && !(service == .sts && partition.id == "aws-us-gov" && !usesDualStack)
        let name = hasFIPSName ? "\(service.name)-fips" : service.name
        let suffix = usesDualStack ? partition.dualStackSuffix : partition.suffix
        return Endpoint(scheme: .https, host: "\(name).\(region).\(suffix)")
    }

    private func isOn(_ variable: String, _ key: String) -> Bool {
        if environment[variable] != nil { return environment.isTrue(variable) }
        return profileValue(key)?.lowercased() == "true"
    }

    private func customEndpoint(
        of service: AWSService,
        _ explicit: String?
    ) -> (url: String, setting: String)? {
        if let explicit { return (explicit, "the target's endpoint") }
        if isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") { return nil }
        for name in ["AWS_ENDPOINT_URL_\(service.variable)", "AWS_ENDPOINT_URL"] {
            if let url = environment[name] { return (url, name) }
        }
        if let services = profileValue("services"), let section = profiles.services[services]?[service.key],
            let url = Profiles.subProperties(section)["endpoint_url"], !url.isEmpty
        {
            return (url, "\(service.key) endpoint_url of [services \(services)]")
        }
        return profileValue("endpoint_url").map { ($0, "endpoint_url of the profile '\(profileName)'") }
    }
}
