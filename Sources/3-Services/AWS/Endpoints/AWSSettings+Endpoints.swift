/// Why a request's endpoint can't be determined. Names the setting and its value.
package enum EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    case noRegion(profile: String)
    case badRegion(String, setting: String)
    /// The function's ARN names another region than the target's setting.
    case regionConflict(setting: String, arn: String)
    case badURL(String, setting: String)
    /// FIPS or dual stack is switched on together with a custom endpoint.
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
    /// The region of a request: the target's own, the one in the function's ARN, `AWS_REGION`, `AWS_DEFAULT_REGION`,
    /// the profile's, and finally `fallback`, the gateway's own region.
    package func region(
        explicit: String? = nil,
        function: FunctionName? = nil,
        fallback: Region? = nil
    ) throws(EndpointError) -> Region {
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
        if let fallback { return fallback }
        throw .noRegion(profile: profileName)
    }

    private func region(_ name: String, setting: String) throws(EndpointError) -> Region {
        guard let region = Region(name) else { throw .badRegion(name, setting: setting) }
        return region
    }
}
