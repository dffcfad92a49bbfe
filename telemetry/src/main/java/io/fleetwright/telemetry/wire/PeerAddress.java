package io.fleetwright.telemetry.wire;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node takes tensors from other nodes of its tenant, over HTTPS with both certificates.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets, as a URL has it (RFC 2396 and 2732): the last label of a name
 *     begins with a letter
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
    /** Characters of {@link #text()}. */
    public static final int CHARS_MAX = 262;

    private static final int PORT_MAX = 65_535;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");
    private static final Pattern ADDRESS_6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final Pattern TEXT =
            Pattern.compile("(?:\\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*)]|([^:\\[\\]]{1,253})):([0-9]{1,5})");

    public PeerAddress {
        boolean isHost = host.indexOf(':') >= 0
                ? ADDRESS_6.matcher(host).matches()
                : NAME.matcher(host).matches();
        if (!isHost || !isInUrls(host) || port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("peer address (%s, port %d) must be a host and a port from 1 to %d"
                    .formatted(clip(host), port, PORT_MAX));
        }
    }

    /**
     * Reads {@code host:port} or {@code [IPv6]:port}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static PeerAddress parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (text.length() > CHARS_MAX || !matcher.matches()) {
            throw new IllegalArgumentException("peer address (%s) must be host:port".formatted(clip(text)));
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return new PeerAddress(host, Integer.parseInt(matcher.group(3)));
    }

    /** As {@link #parse} reads it. */
    public String text() {
        return inUrl(host) + ":" + port;
    }

    /** The place for tensors. */
    public URI tensors() {
        return URI.create("https://" + text() + "/tensor");
    }

    private static String inUrl(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    /** What resolves may still be no host of a URL, such as 127.1, and nobody could send anything there. */
    private static boolean isInUrls(String host) {
        try {
            return URI.create("https://" + inUrl(host) + ":1/").getHost() != null;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    private static String clip(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
