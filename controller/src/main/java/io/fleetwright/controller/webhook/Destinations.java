package io.fleetwright.controller.webhook;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Where webhooks may go. Everything that is not on the public internet is refused (the special-purpose registries of RFC 6890 and
 * their IPv6 forms that carry an IPv4 address), unless the operator allows its network. The address that was checked is the one to
 * connect to, so that a name that changes between check and connection gains nothing.
 */
final class Destinations {
    private static final List<Network> REFUSED = List.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "168.63.129.16/32", // The metadata service of one cloud, on a public address.
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/3",
                    "::/16", // Unspecified, loopback, IPv4-compatible and IPv4-mapped.
                    "64:ff9b::/32",
                    "100::/16",
                    "2001::/23",
                    "2001:db8::/32",
                    "2002::/16",
                    "3fff::/20",
                    "5f00::/16",
                    "fc00::/7",
                    "fe00::/8",
                    "ff00::/8")
            .stream()
            .map(Network::of)
            .toList();

    private final List<Network> allowed;

    /**
     * @param allowed networks such as {@code 10.1.0.0/16}
     * @throws IllegalArgumentException when one of them is none
     */
    Destinations(List<String> allowed) {
        this.allowed = allowed.stream().map(Network::of).toList();
    }

    /** A destination is not to be connected to; the text says why. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /**
     * The address to connect to.
     *
     * @throws RefusedException when one of the name's addresses is refused, or it is to be reached without TLS
     * @throws UnknownHostException when the name has none
     */
    InetAddress check(URI url) throws RefusedException, UnknownHostException {
        String host = url.getHost();
        InetAddress[] addresses = InetAddress.getAllByName(host);
        for (InetAddress address : addresses) {
            boolean isAllowed = allowed.stream().anyMatch(network -> network.contains(address));
            if (!isAllowed && isRefused(address)) {
                throw new RefusedException("%s is a private or special address".formatted(address.getHostAddress()));
            }
            if (!isAllowed && !"https".equals(url.getScheme())) {
                throw new RefusedException("%s needs https".formatted(host));
            }
        }
        return addresses[0];
    }

    /**
     * False when it is to be reached without TLS and cannot be in an allowed network. Names are not resolved: where they lead is
     * known when the connection is made.
     */
    boolean mayTakeScheme(URI url) {
        if ("https".equals(url.getScheme())) {
            return true;
        }
        String host = url.getHost();
        String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            return allowed.stream().anyMatch(network -> network.contains(address));
        } catch (IllegalArgumentException name) {
            return !allowed.isEmpty();
        }
    }

    static boolean isRefused(InetAddress address) {
        return REFUSED.stream().anyMatch(network -> network.contains(address));
    }

    /** Addresses that begin with the same bits. */
    private record Network(byte[] prefix, int bits) {
        static Network of(String text) {
            int slash = text.indexOf('/');
            try {
                byte[] prefix = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                        .getAddress();
                int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= prefix.length * 8) {
                    return new Network(prefix, bits);
                }
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException(
                        "network (%s) must look like 10.1.0.0/16".formatted(text), malformed);
            }
            throw new IllegalArgumentException("network (%s) must look like 10.1.0.0/16".formatted(text));
        }

        boolean contains(InetAddress address) {
            byte[] bytes = address.getAddress();
            if (bytes.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((bytes[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
