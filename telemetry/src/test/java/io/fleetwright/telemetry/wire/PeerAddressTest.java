package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:1",
                "board-2.local:7443",
                "[2001:db8::7]:65535",
                "[::1]:443",
                "x:80",
                "10.1.2.3:9",
                "rack-3.b2:1"
            })
    void anAddressIsReadAsItIsWritten(String text) {
        assertThat(PeerAddress.parse(text).text()).isEqualTo(text);
        assertThat(PeerAddress.parse(text).tensors()).hasToString("https://" + text + "/tensor");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":1",
                "host",
                "host:",
                "host:0",
                "host:65536",
                "host:99999",
                "host:1/x",
                "user@host:1",
                "2001:db8::7:1",
                "[2001:db8::7]",
                "[host]:1",
                "-host:1",
                "host :1",
                "[::1%eth0]:1",
                "127.1:1",
                "rack.3:1",
                "a..b:1",
                "a.-b:1",
                "999.1.1.1.1:1",
                "[:::]:1"
            })
    void anythingElseIsRefusedByName(String text) {
        assertThatThrownBy(() -> PeerAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("peer address (");
    }

    @Test
    void aBirthWithAnAddressOfAnotherFormIsMalformed() {
        byte[] birth =
                ("{\"boot\":\"00c0ffee00c0ffee\",\"connection\":1,\"past\":false,\"at\":1,\"agentVersion\":\"1\",\"kernels\":"
                                + "\"scalar\",\"operators\":[],\"devices\":[],\"slots\":[],\"appliedVersion\":0,\"metrics\":[],"
                                + "\"peer\":\"nowhere\"}")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatThrownBy(() -> Birth.decode(birth))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("$.peer: peer address (nowhere)");
    }

    @Test
    void longTextIsRefusedBeforeItIsLookedAt() {
        assertThatThrownBy(() -> PeerAddress.parse("a".repeat(100_000) + ":1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("...");
    }

    @Test
    void theNameInACertificateIsReadAsItIsWritten() {
        NodeAddress node = new NodeAddress("acme", "board-1");
        assertThat(NodeAddress.ofUri(node.uri())).contains(node);
        assertThat(NodeAddress.ofUri("urn:fleetwright:node:acme")).isEmpty();
        assertThat(NodeAddress.ofUri("urn:fleetwright:node:acme/board-1/x")).isEmpty();
        assertThat(NodeAddress.ofUri("urn:fleetwright:controller")).isEmpty();
    }
}
