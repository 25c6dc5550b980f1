// AWS: credentials, endpoints, and the Lambda Invoke call with every answer it can have.
//
//   Depends on   Bytes, JSON, HTTP, Text, Crypto, SigV4, EventLoop, HTTPClient, Curl, System, Threads
//   Used by      Control, Server, AdminCLI
//   Start at     LambdaClient.invoke for the call, AWSSettings for what the environment and the shared files say
//
//   Profiles/     ~/.aws/config and ~/.aws/credentials
//   Credentials/  keeping, renewing and reporting a key pair
//   Sources/      where a key pair can come from: choosing the source by the settings, and asking it
//   Roles/, STS/  taking roles, and the Security Token Service that gives their credentials
//   Values/       settings kept in Secrets Manager or the Parameter Store
//   Discovery/    lists of functions, their tags, schemas of EventBridge's registries
//   Network/      the thread and the connections for all requests but Invoke
//   Endpoints/    region, partition, service, host
//   Lambda/       functions' names, requests, answers, errors, the client

import Text

/// The settings for AWS in the environment and the shared files, read together.
///
/// A value: read it again to see changes.
package struct AWSSettings: Sendable {
    package let environment: AWSEnvironment
    package let profiles: Profiles
    /// The name of the profile whose keys are read: the caller's choice, else `AWS_PROFILE`, else `default`.
    package let profileName: String
    /// Whether the caller named the profile; if so, the environment's keys are ignored.
    package let isProfileExplicit: Bool

    /// Reads the shared files that the environment points to. A missing file counts as empty.
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

    /// A property of the chosen profile, without white space around it; an empty one counts as unset.
    func profileValue(_ key: String) -> String? { profileValue(key, of: profileName) }

    /// A property of the given profile, read in the same way.
    func profileValue(_ key: String, of profile: String) -> String? {
        guard let value = profiles.profiles[profile]?[key].map({ OutsideValue.trimmed($0) }), !value.isEmpty
        else { return nil }
        return value
    }
}
