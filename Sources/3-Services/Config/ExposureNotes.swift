extension GatewayConfig {
    /// Adds notes for an operator whose listeners other machines can reach in plain HTTP.
    ///
    /// No note is needed behind a proxy that speaks TLS, which must be named in the settings anyway.
    func noteExposure(_ reader: inout SettingsReader) {
        guard agents.trustedProxies.isEmpty else { return }
        if !agents.listen.isLoopback, tls == nil {
            reader.add(
                note:
                    "agents.listen is \(agents.listen) and speaks plain HTTP, so keys and tokens can be read on their "
                    + "way: set [tls], or name the proxy that ends TLS in agents.trusted_proxies"
            )
        }
        if !admin.listen.isLoopback {
            reader.add(
                note:
                    "admin.listen is \(admin.listen) and speaks plain HTTP, so admin tokens can be read on their way, "
                    + "and /metrics and /status need none: keep it on the loopback, or name the proxy that ends TLS in "
                    + "agents.trusted_proxies"
            )
        }
    }
}
