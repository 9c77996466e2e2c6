//! Which addresses are not the public internet (RFC 6890 and its registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is loopback, private, link-local (cloud metadata services among them), shared, reserved, multicast or unspecified.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

/// Whether an address is link-local (RFC 3927, RFC 4291), also where an IPv6 address leads to it.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => embedded_v4(address).map_or_else(|| address.is_unicast_link_local(), |embedded| embedded.is_link_local()),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared address space, RFC 6598
        || (a == 198 && (b == 18 || b == 19)) // benchmarking, RFC 2544
        || (a == 192 && b == 0 && c == 0) // protocol assignments, RFC 6890
        || (a == 192 && b == 88 && c == 99) // deprecated relay anycast of 6to4, RFC 7526
        || (a == 192 && b == 31 && c == 196) // AS112, RFC 7535
        || (a == 192 && b == 175 && c == 48) // AS112, RFC 7534
        || (a == 192 && b == 52 && c == 193) // multicast tunnels, RFC 7450
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded_v4(address) {
        return is_private_v4(embedded);
    }
    let [first, second, third, ..] = address.segments();
    first & 0xe000 != 0x2000 // all but global unicast, RFC 4291: loopback, unique local, link-local, multicast among them
        || (first == 0x2001 && second < 0x200) // protocol assignments, RFC 2928: Teredo, benchmarking and the like
        || (first == 0x2001 && second == 0xdb8) // documentation, RFC 3849
        || (first == 0x3fff && second < 0x1000) // documentation, RFC 9637
        || (first == 0x2620 && second == 0x4f && third == 0x8000) // AS112, RFC 7534
}

/// The IPv4 address that an IPv6 address leads to: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => join(high, low),
        _ => address.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_the_internet_are_private() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "192.88.99.0",
            "192.88.99.1",
            "192.88.99.255",
            "192.31.196.1",
            "192.175.48.6",
            "192.52.193.1",
            "240.0.0.1",
            "::ffff:192.88.99.1",
            "2002:c058:6301::1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "3fff:fff::1",
            "2001::1",
            "::127.0.0.1",
            "64:ff9b:1::1",
            "fec0::1",
            "100::1",
            "2620:4f:8000::6",
        ] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_not() {
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "192.88.98.255",
            "192.88.100.0",
            "192.31.197.1",
            "192.175.49.1",
            "192.52.194.1",
            "2606:4700::1111",
            "2001:4860::8888",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }
}
