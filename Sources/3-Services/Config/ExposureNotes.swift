extension GatewayConfig {
    /// Notes for whoever starts a gateway whose listeners other machines reach in plain HTTP.
    ///
    /// A proxy in front may well speak TLS: then the settings name it, as it has to be named anyway.
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
