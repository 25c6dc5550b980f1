@testable import AWS
import SigV4
import Testing

/// The source of the key pair that the settings choose, without asking any source.
struct CredentialsPlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        var environment: [String: String] = [:]
        var config = ""
        var credentials = ""
        var profile: String?
        /// The chosen kind of source, and its main values.
        let chosen: String

        var testDescription: String { what }
    }

    static let role = "arn:aws:iam::123456789012:role/x"
    static let keys = "aws_access_key_id=AKIDFILE\naws_secret_access_key=s\n"
    static let web = [
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "pod",
    ]

    static let rows = [
        Row(
            what: "a role from another profile's keys",
            config: """
                [profile r]
                role_arn=\(role)
                source_profile=default
                external_id=e-1
                role_session_name=me@host
                duration_seconds=1200
                """,
            credentials: "[default]\n\(keys)",
            profile: "r",
            chosen: "role \(role) me@host e-1 1200 from keys AKIDFILE"
        ),
        Row(
            what: "a role wins over the keys beside it",
            config: "[default]\nrole_arn=\(role)\nsource_profile=default",
            credentials: "[default]\n\(keys)",
            chosen: "role \(role) mcp-gateway from keys AKIDFILE"
        ),
        Row(
            what: "a role over a role",
            config: """
                [profile a]
                role_arn=\(role)-a
                source_profile=b
                [profile b]
                role_arn=\(role)-b
                source_profile=c
                [profile c]
                \(keys)
                """,
            profile: "a",
            chosen: "role \(role)-a mcp-gateway from role \(role)-b mcp-gateway from keys AKIDFILE"
        ),
        Row(
            what: "keys of the source win over its role",
            config:
                "[profile a]\nrole_arn=\(role)-a\nsource_profile=b\n[profile b]\nrole_arn=\(role)-b\n\(keys)",
            profile: "a",
            chosen: "role \(role)-a mcp-gateway from keys AKIDFILE"
        ),
        Row(
            what: "a circle",
            config: """
                [profile a]
                role_arn=\(role)
                source_profile=b
                [profile b]
                role_arn=\(role)
                source_profile=a
                """,
            profile: "a",
            chosen: "profile 'b': source_profile leads in a circle: a → b → a"
        ),
        Row(
            what: "a profile that names itself without keys",
            config: "[default]\nrole_arn=\(role)\nsource_profile=default",
            chosen: "profile 'default': source_profile leads in a circle: default → default"
        ),
        Row(
            what: "a circle that doesn't go through the first",
            config: """
                [profile a]
                role_arn=\(role)
                source_profile=b
                [profile b]
                role_arn=\(role)
                source_profile=c
                [profile c]
                role_arn=\(role)
                source_profile=b
                """,
            profile: "a",
            chosen: "profile 'c': source_profile leads in a circle: a → b → c → b"
        ),
        Row(
            what: "both sources",
            config: "[default]\nrole_arn=\(role)\nsource_profile=default\ncredential_source=Environment",
            chosen: "profile 'default': has both source_profile and credential_source: leave one of them out"
        ),
        Row(
            what: "no source",
            config: "[default]\nrole_arn=\(role)",
            chosen:
                "profile 'default': has role_arn, but neither source_profile nor credential_source says who takes the role"
        ),
        Row(
            what: "a source that isn't there",
            config: "[default]\nrole_arn=\(role)\nsource_profile=nope",
            chosen: "profile 'default': its source_profile 'nope' doesn't exist"
        ),
        Row(
            what: "a source that holds nothing",
            config: "[default]\nrole_arn=\(role)\nsource_profile=b\n[profile b]\nregion=x",
            chosen: "profile 'default': its source_profile 'b' has neither keys nor another source of them"
        ),
        Row(
            what: "a source that is half a key pair",
            config: "[default]\nrole_arn=\(role)\nsource_profile=b\n[profile b]\naws_access_key_id=A",
            chosen:
                "aws_access_key_id is set in the profile 'b', but aws_secret_access_key is not: set both, or neither"
        ),
        Row(
            what: "a source that is a program",
            config: "[default]\nrole_arn=\(role)\nsource_profile=b\n[profile b]\ncredential_process=/x 'a b'",
            chosen: "role \(role) mcp-gateway from process /x|a b"
        ),
        Row(
            what: "a source that is a web identity",
            config: """
                [default]
                role_arn=\(role)
                source_profile=b
                [profile b]
                role_arn=\(role)-b
                web_identity_token_file=/t
                """,
            chosen: "role \(role) mcp-gateway from web \(role)-b mcp-gateway /t"
        ),
        Row(
            what: "the environment as a source",
            environment: ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"],
            config: "[profile r]\nrole_arn=\(role)\ncredential_source=Environment",
            profile: "r",
            chosen: "role \(role) mcp-gateway from keys AKIDENV"
        ),
        Row(
            what: "the instance as a source",
            config: "[default]\nrole_arn=\(role)\ncredential_source=Ec2InstanceMetadata",
            chosen: "role \(role) mcp-gateway from instance http://169.254.169.254"
        ),
        Row(
            what: "the container as a source",
            environment: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"],
            config: "[default]\nrole_arn=\(role)\ncredential_source=EcsContainer",
            chosen: "role \(role) mcp-gateway from container http://169.254.170.2/c"
        ),
        Row(
            what: "a container as a source that isn't there",
            config: "[default]\nrole_arn=\(role)\ncredential_source=EcsContainer",
            chosen:
                "profile 'default': credential_source is \"EcsContainer\", but AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
        ),
        Row(
            what: "a source of another name",
            config: "[default]\nrole_arn=\(role)\ncredential_source=Moon",
            chosen:
                "profile 'default': credential_source is Environment, Ec2InstanceMetadata or EcsContainer, not"
        ),
        Row(
            what: "a duration that is none",
            config: "[default]\nrole_arn=\(role)\nsource_profile=default\nduration_seconds=1h",
            chosen: "profile 'default': duration_seconds is \"1h\", not a number"
        ),
        Row(
            what: "a duration that is too short",
            config: "[default]\nrole_arn=\(role)\nsource_profile=default\nduration_seconds=60",
            chosen: "profile 'default': duration_seconds must be 900 to 43,200, not 60"
        ),
        Row(
            what: "a role that is none",
            config: "[default]\nrole_arn=admin\nsource_profile=default",
            chosen: "profile 'default': role_arn is \"admin\", not arn:aws:iam::ACCOUNT:role/NAME"
        ),
        Row(
            what: "web identity by variables",
            environment: web,
            chosen: "web \(role) pod /t"
        ),
        Row(
            what: "web identity by variables wins over the profile's keys",
            environment: web,
            credentials: "[default]\n\(keys)",
            chosen: "web \(role) pod /t"
        ),
        Row(
            what: "a named profile leaves the variables out",
            environment: web,
            credentials: "[default]\n\(keys)",
            profile: "default",
            chosen: "keys AKIDFILE"
        ),
        Row(
            what: "a role of the profile wins over web identity by variables",
            environment: web,
            config: "[default]\nrole_arn=\(role)-p\nsource_profile=k\n[profile k]\n\(keys)",
            chosen: "role \(role)-p mcp-gateway from keys AKIDFILE"
        ),
        Row(
            what: "web identity without a role",
            environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"],
            chosen:
                "AWS_WEB_IDENTITY_TOKEN_FILE is set in the environment, but AWS_ROLE_ARN is not: set both, or neither"
        ),
        Row(
            what: "web identity by the profile",
            config: "[default]\nrole_arn=\(role)\nweb_identity_token_file=/p\nrole_session_name=sn",
            chosen: "web \(role) sn /p"
        ),
        Row(
            what: "single sign-on by a session",
            config: """
                [default]
                sso_session=corp
                sso_account_id=123456789012
                sso_role_name=dev
                \(keys)
                [sso-session corp]
                sso_region=eu-central-1
                sso_start_url=https://corp.awsapps.com/start
                """,
            // sha1("corp")
            chosen:
                "sso dev@123456789012 eu-central-1 /h/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
        ),
        Row(
            what: "single sign-on without a region",
            config: "[default]\nsso_start_url=https://x\nsso_account_id=1\nsso_role_name=dev",
            chosen: "profile 'default': signs on with IAM Identity Center, but sso_region is missing"
        ),
        Row(
            what: "single sign-on that says two things",
            config: """
                [default]
                sso_session=corp
                sso_region=eu-west-1
                sso_account_id=1
                sso_role_name=dev
                [sso-session corp]
                sso_region=eu-central-1
                sso_start_url=https://x
                """,
            chosen: "profile 'default': its sso_region and that of its sso-session differ"
        ),
        Row(
            what: "a program before keys of the config file",
            config: "[default]\ncredential_process=/x y\n\(keys)",
            chosen: "process /x|y"
        ),
        Row(
            what: "keys of the credentials file before a program",
            config: "[default]\ncredential_process=/x y",
            credentials: "[default]\n\(keys)",
            chosen: "keys AKIDFILE"
        ),
        Row(
            what: "a program's quote that isn't closed",
            config: "[default]\ncredential_process=/x 'y",
            chosen: "profile 'default': a quote in credential_process isn't closed"
        ),
        Row(
            what: "a container",
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"],
            chosen: "container http://169.254.170.23/v1/credentials"
        ),
        Row(
            what: "keys before a container",
            environment: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"],
            credentials: "[default]\n\(keys)",
            chosen: "keys AKIDFILE"
        ),
        Row(what: "an instance at last", chosen: "instance http://169.254.169.254"),
        Row(
            what: "an instance by IPv6",
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"],
            chosen: "instance http://[fd00:ec2::254]"
        ),
        Row(
            what: "an instance elsewhere",
            environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338"],
            chosen: "instance http://127.0.0.1:1338"
        ),
        Row(
            what: "an instance by a mode that is none",
            config: "[default]\nec2_metadata_service_endpoint_mode=IPv5",
            chosen: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: is IPv4 or IPv6, not \"IPv5\""
        ),
        Row(
            what: "no instance",
            environment: ["AWS_EC2_METADATA_DISABLED": "TRUE"],
            chosen: "no AWS credentials: set AWS_ACCESS_KEY_ID"
        ),
    ]

    @Test(arguments: rows)
    func `the source is the one that boto3 chooses, or the error says what to change`(_ row: Row) throws {
        let settings = try settings(
            row.environment.merging(["HOME": "/h"]) { $1 },
            config: row.config,
            credentials: row.credentials,
            profile: row.profile
        )
        switch settings.plan().choice {
        case .fault(let error, _): #expect(error.description.hasPrefix(row.chosen), "\(error)")
        case .ask(let source, _): #expect(Self.text(source) == row.chosen)
        }
    }

    static func text(_ source: CredentialsSource) -> String {
        func text(_ request: RoleRequest) -> String {
            let parts = [request.roleARN, request.sessionName, request.externalID]
            return (parts + [request.durationSeconds.map { "\($0)" }]).compactMap { $0 }.joined(
                separator: " "
            )
        }
        return switch source {
        case .keys(let found): "keys \(found.signing.accessKeyID)"
        case .role(let request, let base, _): "role \(text(request)) from \(Self.text(base))"
        case .webIdentity(let request, let file, _): "web \(text(request)) \(file)"
        case .singleSignOn(let signOn, _):
            "sso \(signOn.roleName)@\(signOn.accountID) \(signOn.region) \(signOn.tokenFile)"
        case .process(let words, _): "process \(words.joined(separator: "|"))"
        case .container(let endpoint): "container \(endpoint.url)"
        case .instance(let instance): "instance \(instance.endpoint)"
        }
    }

    @Test func `the report gives each source's outcome, in the chain's order`() throws {
        let settings = try settings(
            ["AWS_SECRET_ACCESS_KEY": "hush", "HOME": "/h"],
            credentials: "[default]\n\(Self.keys)"
        )
        let plan = settings.plan()
        let search = try #require(plan.settled)
        #expect(
            search.sources.map { "\($0.kind.rawValue) \($0.state.rawValue): \($0.text)" } == [
                "environment absent: AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
                "role absent: profile 'default' has no role_arn",
                "web-identity absent: AWS_WEB_IDENTITY_TOKEN_FILE is not set, and profile 'default' has no "
                    + "web_identity_token_file",
                "sso absent: profile 'default' has neither sso_account_id nor sso_role_name",
                "profile used: from profile 'default'",
                "process skipped: not asked: keys in the profile came first",
                "container skipped: not asked: keys in the profile came first",
                "instance skipped: not asked: keys in the profile came first",
            ]
        )
    }
}
