import HTTPClient
import Model

// Values of options that several commands take, looked at before anything runs.

extension ParsedWords {
    /// - Throws: for what is no name of a tenant.
    func tenantName(_ option: Usage.Option) throws(UsageError) -> String? {
        guard let name = self.option(option) else { return nil }
        guard !isSecret(name), !holdsSecret(name) else { return name }
        do throws(ModelFault) { _ = try TenantName(name) } catch { throw UsageError(error.description) }
        return name
    }

    /// Where a gateway serves agents.
    /// - Throws: for what is no URL.
    func agentsURL(_ option: Usage.Option) throws(UsageError) -> String? {
        guard let url = self.option(option) else { return nil }
        guard Endpoint(url: url) != nil else {
            throw UsageError("\(option.name) is no URL of the form http[s]://host[:port]/mcp")
        }
        return url
    }

    /// - Throws: for what no variable of the environment is called.
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

    /// - Throws: for what is no name of a context.
    func contextName(_ index: Int) throws(UsageError) -> String? {
        guard let name = operand(index) else { return nil }
        try ServerContext.check(name: name)
        return name
    }
}
