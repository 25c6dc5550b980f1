// AWS: who signs, where a request goes, and the Lambda Invoke call with every answer it can have.
//
//   Depends on   Bytes, JSON, HTTP, Text, Crypto, SigV4, EventLoop, HTTPClient, Curl, System, Threads
//   Used by      Control, Server, AdminCLI
//   Start at     LambdaClient.invoke for the call, AWSSettings for what the environment and the shared files say
//
//   Profiles/     ~/.aws/config and ~/.aws/credentials
//   Credentials/  a key pair as it is found, kept, renewed and reported
//   Sources/      the ways to one: what the settings choose, and who is asked
//   Roles/, STS/  roles that are taken, and the service that gives them
//   Values/       settings that are kept at AWS
//   Discovery/    which functions there are, their tags, schemas of the registry
//   Network/      the thread and the connections for all of that
//   Endpoints/    region, partition, service, host
//   Lambda/       functions' names, requests, answers, errors, the client

import Text

/// What the environment and the shared files say about AWS, read together.
///
/// A value: read it again to see changes.
package struct AWSSettings: Sendable {
    package let environment: AWSEnvironment
    package let profiles: Profiles
    /// Whose keys are read: chosen by the caller, else by `AWS_PROFILE`, else `default`.
    package let profileName: String
    /// Whether the caller named the profile; then the environment's keys don't count.
    package let isProfileExplicit: Bool

    /// Reads the shared files that the environment points to. A file that isn't there is empty.
    /// - Throws: what is wrong with a file, and in which line.
    package init(
        environment: AWSEnvironment,
        profile: String? = nil,
        readFile: FileReader = FileContents.read
    ) throws(ProfileError) {
        self.init(
            environment: environment,
            profile: profile,
            profiles: try Profiles(
                config: try Profiles.File(path: environment.configPath, readFile: readFile),
                credentials: try Profiles.File(path: environment.credentialsPath, readFile: readFile)
            )
        )
    }

    package init(environment: AWSEnvironment, profile: String? = nil, profiles: Profiles) {
        self.environment = environment
        self.profiles = profiles
        isProfileExplicit = profile != nil
        profileName = profile ?? environment["AWS_PROFILE"] ?? "default"
    }

    /// A property of the chosen profile; an empty one counts as unset, and white space around it is none of it.
    func profileValue(_ key: String) -> String? { profileValue(key, of: profileName) }

    /// The same of another profile.
    func profileValue(_ key: String, of profile: String) -> String? {
        guard let value = profiles.profiles[profile]?[key].map({ OutsideValue.trimmed($0) }), !value.isEmpty
        else { return nil }
        return value
    }
}
