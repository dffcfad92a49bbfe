package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;

final class PromptSocketsTest {
    @Test
    void everySocketSendsAtOnce() throws Exception {
        SSLSocketFactory plain = (SSLSocketFactory) SSLSocketFactory.getDefault();
        PromptSockets prompt = new PromptSockets(plain);
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 10, here)) {
            int port = server.getLocalPort();
            try (Socket later = prompt.createSocket();
                    Socket one = prompt.createSocket(here, port);
                    Socket two = prompt.createSocket(here.getHostAddress(), port);
                    Socket three = prompt.createSocket(here, port, here, 0);
                    Socket four = prompt.createSocket(here.getHostAddress(), port, here, 0);
                    Socket under = new Socket(here, port);
                    Socket five = prompt.createSocket(under, here.getHostAddress(), port, true)) {
                assertThat(later.getTcpNoDelay()).isTrue();
                for (Socket socket : new Socket[] {one, two, three, four, five}) {
                    assertThat(socket.getTcpNoDelay()).isTrue();
                }
            }
        }
        assertThat(prompt.getDefaultCipherSuites()).isEqualTo(plain.getDefaultCipherSuites());
        assertThat(prompt.getSupportedCipherSuites()).isEqualTo(plain.getSupportedCipherSuites());
    }
}
