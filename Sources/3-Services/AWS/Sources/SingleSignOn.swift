import Crypto
import Text

/// A role for a user who has signed on with IAM Identity Center. The sign-on itself is left to `aws sso login`.
struct SingleSignOn: Sendable, Equatable {
    let profile: String
    let region: Region
    let accountID: String
    let roleName: String
    /// The path of the file in which the AWS CLI keeps the token.
    let tokenFile: String
    /// The command that signs on again when the token has expired.
    let login: String
}

extension AWSSettings {
    /// Source: botocore `SSOProvider`; AWS SDKs and Tools Reference Guide, "IAM Identity Center authentication"
    func singleSignOn(_ profile: String) throws(CredentialsError) -> Finding {
        let place = "profile '\(profile)'"
        func value(_ key: String) -> String? { profileValue(key, of: profile) }
        guard value("sso_role_name") != nil || value("sso_account_id") != nil else {
            return .absent("\(place) has neither sso_account_id nor sso_role_name")
        }
        let session = value("sso_session")
        if let session, profiles.ssoSessions[session] == nil {
            throw .misconfigured(
                place: place,
                reason: "there is no [sso-session \(session)] in the config file"
            )
        }
        func shared(_ key: String) throws(CredentialsError) -> String {
            let inSession = session.flatMap { profiles.ssoSessions[$0]?[key] }.flatMap {
                OutsideValue.trimmed($0).isEmpty ? nil : OutsideValue.trimmed($0)
            }
            if let own = value(key), let inSession, own != inSession {
                throw .misconfigured(place: place, reason: "its \(key) and that of its sso-session differ")
            }
            if let found = inSession ?? value(key) { return found }
            throw .misconfigured(
                place: place,
                reason: "signs on with IAM Identity Center, but \(key) is missing"
            )
        }
        let start = try shared("sso_start_url")
        let regionName = try shared("sso_region")
        guard let accountID = value("sso_account_id"), let roleName = value("sso_role_name") else {
            let missing = value("sso_account_id") == nil ? "sso_account_id" : "sso_role_name"
            throw .misconfigured(
                place: place,
                reason: "signs on with IAM Identity Center, but \(missing) is missing"
            )
        }
        guard let region = Region(regionName) else {
            throw .misconfigured(
                place: place,
                reason: "sso_region is \(quoted(regionName)), which is not a region"
            )
        }
        guard let home = environment["HOME"] else {
            throw .misconfigured(
                place: place,
                reason: "HOME is not set, so the sign-on's token can't be found"
            )
        }
        return .found(
            .singleSignOn(
                SingleSignOn(
                    profile: profile,
                    region: region,
                    accountID: accountID,
                    roleName: roleName,
                    tokenFile: "\(home)/.aws/sso/cache/\(SHA1.hex(session ?? start)).json",
                    login: "aws sso login --profile \(profile)"
                ),
                place: place
            )
        )
    }
}
