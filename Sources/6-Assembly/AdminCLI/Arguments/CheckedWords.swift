import HTTPClient
import Model

// Values of options that several commands take, checked before anything runs.

extension ParsedWords {
    /// - Throws: for a text that can't be a tenant's name.
    func tenantName(_ option: Usage.Option) throws(UsageError) -> String? {
        guard let name = self.option(option) else { return nil }
        guard !isSecret(name), !holdsSecret(name) else { return name }
        do throws(ModelFault) { _ = try TenantName(name) } catch { throw UsageError(error.description) }
        return name
    }

    /// The URL at which a gateway serves agents.
    /// - Throws: for a text that isn't a URL.
    func agentsURL(_ option: Usage.Option) throws(UsageError) -> String? {
        guard let url = self.option(option) else { return nil }
        guard Endpoint(url: url) != nil else {
            throw UsageError("\(option.name) is not a URL of the form http[s]://host[:port]/mcp")
        }
        return url
    }

    /// - Throws: for a text that can't be the name of an environment variable.
    func variableName(_ option: Usage.Option) throws(UsageError) -> String? {
        guard let name = self.option(option) else { return nil }
        let isName =
            (1...100).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 26 || $0 == UInt8(ascii: "_") }
            && name.utf8.first.map { $0 &- 48 >= 10 } ?? false
        guard isName, !isSecret(name) else {
            throw UsageError("\(option.name) is the name of a variable, such as MCP_GATEWAY_KEY")
        }
        return name
    }

    /// - Throws: for a text that can't be a context's name.
    func contextName(_ index: Int) throws(UsageError) -> String? {
        guard let name = operand(index) else { return nil }
        try ServerContext.check(name: name)
        return name
    }
}
