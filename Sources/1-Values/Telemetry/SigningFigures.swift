/// Whether there are AWS credentials to sign with, and when they end, for `/metrics`.
package struct SigningFigures: Sendable {
    package let isReady: Bool
    /// When they end, in seconds since 1970; nil for credentials that don't end.
    package let endsAtSeconds: Int?

    package init(isReady: Bool, endsAtSeconds: Int?) {
        self.isReady = isReady
        self.endsAtSeconds = endsAtSeconds
    }

    func write(to writer: inout MetricsWriter) {
        writer.family(
            "mcp_gateway_aws_credentials",
            .gauge,
            "1 while there are AWS credentials to sign with, else 0."
        )
        writer.sample([], isReady ? 1 : 0)
        guard let endsAtSeconds else { return }
        writer.family(
            "mcp_gateway_aws_credentials_expiry_timestamp_seconds",
            .gauge,
            "When the AWS credentials in use end, unless they are renewed before."
        )
        writer.sample([], endsAtSeconds)
    }
}
