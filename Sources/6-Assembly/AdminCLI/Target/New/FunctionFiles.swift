import JSON

/// The files of a new function beside its handler.
struct FunctionFiles {
    let target: String
    /// `mcp-wrapper` or `jsonrpc`
    let contract: String
    let description: String
    let python: Interpreter
    /// Lines of requirements.txt; may be empty.
    let requirements: [String]
    let settings: [FunctionSetting]
    let memoryMB: Int

    /// The target file. It is written last, because it makes the folder a target.
    var targetFile: String {
        var text = """
            [target]
            function = \(quoted(target))                # the Lambda function's name; an ARN also gives the region
            contract = \(quoted(contract))
            description = \(quoted(description))
            approval = "open"                     # every tenant may call it; "required": after an approved subscription
            # region = "eu-central-1"  timeout = "30s"  qualifier = "live"

            # How `mcp-gateway serve --local` runs it. On AWS nothing of this is used.
            [local]
            command = [\(quoted(python.path)), "-m", "\(Packages.runtime)"]
            handler = "handler.handler"
            memory_mb = \(memoryMB)
            timeout_s = 30

            # Variables of the function; "${NAME}" is taken from the gateway's own environment.
            [local.environment]
            PYTHONPATH = "packages"

            """
        for setting in settings {
            text += "\(setting.name) = \(quoted(setting.value ?? "${\(setting.name)}"))\n"
        }
        return text
    }

    var requirementsFile: String {
        requirements.isEmpty
            ? "# Packages that handler.py needs, one a line. README.md says how they are installed.\n"
            : requirements.map { "\($0)\n" }.joined()
    }

    var readme: String {
        let environment = settings.isEmpty ? "" : " \\\n    --environment \(variables)"
        let limits =
            python.isOnLambda
            ? ""
            : "\nLambda has no Python \(python.version) yet: make the folder with another, by --python.\n"
        return """
            # \(target)

            \(description)

            `packages/` holds what `requirements.txt` names, and `\(Packages.runtime)`, which runs the function here as Lambda does.
            After a change of `requirements.txt`, from this folder:

            ```sh
            \(shellWord(python.path)) -m pip install --upgrade --target packages \(Packages.runtime) -r requirements.txt \\
                \(python.lambdaOnly.joined(separator: " "))
            ```

            ## Deploy

            The folder as it is, zipped, is the function's code:

            ```sh
            \(shellWord(python.path)) -m zipfile -c ../\(target).zip *
            aws lambda create-function --function-name \(target) --runtime python\(python.version) \\
                --architectures \(python.architecture) --handler handler.handler --memory-size \(memoryMB) --timeout 30 \\
                --role ROLE_ARN --zip-file fileb://../\(target).zip\(environment)
            ```

            `ROLE_ARN` is a role with `AWSLambdaBasicExecutionRole`. After a change: `aws lambda update-function-code --function-name \(target)
            --zip-file fileb://../\(target).zip`. Without `--local` the gateway then calls the function that `target.toml` names.
            \(limits)
            """
    }

    static let gitIgnore = "packages/\n__pycache__/\n"

    /// A basic string of TOML; a JSON string is one too.
    private func quoted(_ text: String) -> String { JSONValue.string(text).text }

    /// The function's variables in the AWS CLI's shorthand, as one word of the shell. The shell runs no part of it, and
    /// only inserts the values of the variables that are taken from its own environment.
    /// Source: AWS CLI user guide, "Using shorthand syntax": a value in double quotes may hold anything, `"` and `\`
    /// escaped.
    private var variables: String {
        let values = settings.map { setting in
            guard let value = setting.value else { return "\(setting.name)=\"'\"$\(setting.name)\"'\"" }
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return "\(setting.name)=\"\(escaped.replacing("'", with: "'\\''"))\""
        }
        return "'Variables={\(values.joined(separator: ","))}'"
    }
}
