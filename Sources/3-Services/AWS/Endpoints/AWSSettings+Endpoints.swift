package import HTTPClient

/// Why it isn't known where a request goes. Names the setting and what was read.
package enum EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    case noRegion(profile: String)
    case badRegion(String, setting: String)
    /// The function's ARN names another region than the target's setting.
    case regionConflict(setting: String, arn: String)
    case badURL(String, setting: String)
    /// FIPS or dual stack was asked for together with an endpoint of one's own.
    case variantOfCustomEndpoint(variant: String, setting: String)

    package var description: String {
        switch self {
        case .noRegion(let profile):
            "no AWS region: give the target a region, set AWS_REGION, or give the profile '\(profile)' a region"
        case .badRegion(let region, let setting):
            "\(setting) is '\(region)', which can't be the name of a region"
        case .regionConflict(let setting, let arn):
            "the target's region is \(setting), but its function's ARN is in \(arn): leave one of them out"
        case .badURL(let url, let setting):
            "\(setting) is '\(url)', which is not a URL of the form http[s]://host[:port][/path]"
        case .variantOfCustomEndpoint(let variant, let setting):
            "\(variant) is on, but the endpoint is given by \(setting): switch one of them off"
        }
    }
}

extension AWSSettings {
    /// The region of a request: the target's own, its function's, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's.
    package func region(explicit: String? = nil, function: FunctionName? = nil) throws(EndpointError)
        -> Region
    {
        let inARN = function?.region
        if let explicit {
            if let inARN, inARN != explicit { throw .regionConflict(setting: explicit, arn: inARN) }
            return try region(explicit, setting: "the target's region")
        }
        if let inARN { return try region(inARN, setting: "the region in the function's ARN") }
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let value = environment[name] { return try region(value, setting: name) }
        }
        if let value = profileValue("region") {
            return try region(value, setting: "region of the profile '\(profileName)'")
        }
        throw .noRegion(profile: profileName)
    }

    /// Where Lambda's requests go: the target's own URL, `AWS_ENDPOINT_URL_LAMBDA`, `AWS_ENDPOINT_URL`, the profile's
    /// services section, the profile's `endpoint_url`, and at last the region's host.
    ///
    /// A path in a URL is kept as a prefix. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints",
    /// and Lambda's endpoint rules
    package func lambdaEndpoint(explicit: String? = nil, region: Region) throws(EndpointError) -> Endpoint {
        let usesFIPS = isOn("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        let usesDualStack = isOn("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        if let (url, setting) = customEndpoint(explicit) {
            if usesFIPS { throw .variantOfCustomEndpoint(variant: "the FIPS endpoint", setting: setting) }
            if usesDualStack {
                throw .variantOfCustomEndpoint(variant: "the dual-stack endpoint", setting: setting)
            }
            guard let endpoint = Endpoint(url: url) else { throw .badURL(url, setting: setting) }
            return endpoint
        }
        let partition = region.partition
        let service = usesFIPS ? "lambda-fips" : "lambda"
        let suffix = usesDualStack ? partition.dualStackSuffix : partition.suffix
        return Endpoint(scheme: .https, host: "\(service).\(region).\(suffix)")
    }

    private func region(_ name: String, setting: String) throws(EndpointError) -> Region {
        guard let region = Region(name) else { throw .badRegion(name, setting: setting) }
        return region
    }

    private func isOn(_ variable: String, _ key: String) -> Bool {
        if environment[variable] != nil { return environment.isTrue(variable) }
        return profileValue(key)?.lowercased() == "true"
    }

    private func customEndpoint(_ explicit: String?) -> (url: String, setting: String)? {
        if let explicit { return (explicit, "the target's endpoint") }
        if isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") { return nil }
        for name in ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"] {
            if let url = environment[name] { return (url, name) }
        }
        if let services = profileValue("services"), let lambda = profiles.services[services]?["lambda"],
            let url = Profiles.subProperties(lambda)["endpoint_url"], !url.isEmpty
        {
            return (url, "lambda endpoint_url of [services \(services)]")
        }
        return profileValue("endpoint_url").map { ($0, "endpoint_url of the profile '\(profileName)'") }
    }
}
