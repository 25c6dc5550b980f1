/// An AWS region's name, and the partition it belongs to.
package struct Region: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    /// `nil` unless it could be a label of a host name: 1–63 letters, digits and inner hyphens, not digits alone.
    package init?(_ name: String) {
        let bytes = name.utf8
        guard 1...63 ~= bytes.count, bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-"),
            bytes.allSatisfy({ isLowerOrDigit($0) || $0 == UInt8(ascii: "-") || isUpper($0) }),
            !bytes.allSatisfy({ isDigit($0) })
        else { return nil }
        self.name = name
    }

    package var description: String { name }

    /// The partition whose regions start like this one; `aws` for all others.
    var partition: Partition { Partition.all.first { name.hasPrefix($0.regionPrefix) } ?? Partition.aws }
}

/// A group of regions that share their domain names.
/// Source: botocore `data/partitions.json`
struct Partition: Sendable, Equatable {
    let id: String
    let regionPrefix: String
    let suffix: String
    let dualStackSuffix: String

    static let aws = Partition(
        id: "aws",
        regionPrefix: "",
        suffix: "amazonaws.com",
        dualStackSuffix: "api.aws"
    )

    /// All partitions except `aws`.
    static let all = [
        Partition(
            id: "aws-cn",
            regionPrefix: "cn-",
            suffix: "amazonaws.com.cn",
            dualStackSuffix: "api.amazonwebservices.com.cn"
        ),
        Partition(
            id: "aws-us-gov",
            regionPrefix: "us-gov-",
            suffix: "amazonaws.com",
            dualStackSuffix: "api.aws"
        ),
        Partition(
            id: "aws-iso",
            regionPrefix: "us-iso-",
            suffix: "c2s.ic.gov",
            dualStackSuffix: "api.aws.ic.gov"
        ),
        Partition(
            id: "aws-iso-b",
            regionPrefix: "us-isob-",
            suffix: "sc2s.sgov.gov",
            dualStackSuffix: "api.aws.scloud"
        ),
        Partition(
            id: "aws-iso-e",
            regionPrefix: "eu-isoe-",
            suffix: "cloud.adc-e.uk",
            dualStackSuffix: "api.cloud-aws.adc-e.uk"
        ),
        Partition(
            id: "aws-iso-f",
            regionPrefix: "us-isof-",
            suffix: "csp.hci.ic.gov",
            dualStackSuffix: "api.aws.hci.ic.gov"
        ),
        Partition(
            id: "aws-eusc",
            regionPrefix: "eusc-",
            suffix: "amazonaws.eu",
            dualStackSuffix: "api.amazonwebservices.eu"
        ),
    ]
}

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

func isLowerOrDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 || isDigit(byte) }
