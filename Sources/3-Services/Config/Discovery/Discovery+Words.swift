extension GatewayConfig.Discovery {
    /// The first error in values that didn't come from gateway.toml: the member and the message, or nil.
    package var wordFault: (key: String, message: String)? {
        if let fault = prefix.flatMap({ checkFunctionPrefix($0) }) { return ("prefix", fault) }
        for function in functions {
            if let fault = checkFunctionChoice(function) { return ("functions", fault) }
        }
        if let twice = Self.repeated(functions) { return ("functions", "holds \(brief(twice)) twice") }
        if let twice = Self.repeated(regions) { return ("regions", "holds \(brief(twice)) twice") }
        for (key, value) in tags {
            if let fault = checkTagKey(key) ?? checkTagValue(value) { return ("tags", fault) }
        }
        for region in regions { if let fault = checkRegion(region) { return ("regions", fault) } }
        if let fault = roleARN.flatMap({ checkDiscoveryRole($0) }) { return ("role_arn", fault) }
        if let fault = externalID.flatMap({ checkDiscoveryExternalID($0) }) { return ("external_id", fault) }
        if let fault = schemaTag.flatMap({ checkTagKey($0) }) { return ("schema_tag", fault) }
        return nil
    }

    private static func repeated(_ words: [String]) -> String? {
        var seen: Set<String> = []
        return words.first { !seen.insert($0).inserted }
    }

    /// The error in a discovery's name, or nil.
    package static func fault(ofName name: String) -> String? { checkDiscoveryName(name) }
}
