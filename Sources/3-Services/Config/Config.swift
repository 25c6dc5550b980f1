// Config: gateway.toml, targets/*/target.toml and the environment as typed values, with every fault named.
//
//   Depends on   Model, TOML, System, Contracts (the words for a target's contract)
//   Used by      Control, Server, AdminCLI
//   Start at     GatewayConfig.load(file:environment:), TargetFolder.load(directory:environment:)
