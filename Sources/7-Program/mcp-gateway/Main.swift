import AdminCLI
import Glibc
import Server
import System

/// The program: words and environment in, an exit status out.
@main
enum Main {
    static func main() {
        let status = AdminCLI.run(
            Array(CommandLine.arguments.dropFirst()),
            environment: Files.environment(),
            serve: { loaded, local in ServeCommand.run(loaded, local: local) },
            lambdaServe: { loaded in LambdaServeCommand.run(loaded) }
        )
        exit(status)
    }
}
