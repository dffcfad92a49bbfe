package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that answers with the parameter {@code q} as it was understood. */
final class SemicolonsTest {
    private static final int WAIT_SECONDS = 30;

    private final Vertx vertx = Vertx.vertx();
    private int port;

    @BeforeEach
    void start() throws Exception {
        Router router = Router.router(vertx);
        router.route().order(-1).handler(Semicolons::encode);
        router.route("/nodes").handler(connection -> {
            var _ = connection.response().end(connection.queryParam("q").toString());
        });
        HttpServer server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterEach
    void stop() throws Exception {
        var _ = vertx.close().toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private String answer(String target) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(WAIT_SECONDS * 1000);
            socket.getOutputStream()
                    .write("GET %s HTTP/1.1\r\nHost: fleet\r\nConnection: close\r\n\r\n"
                            .formatted(target)
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aSemicolonIsPartOfTheValue() throws Exception {
        assertThat(answer("/nodes?q=class==cpu;status==online"))
                .contains("200")
                .endsWith("[class==cpu;status==online]");
        assertThat(answer("/nodes?q=a%3Bb;c&x=;")).endsWith("[a;b;c]");
        assertThat(answer("/nodes?q=plain")).endsWith("[plain]");
    }

    /** As a proxy may send it, and every server has to take it (RFC 9112, 3.2.2). */
    @Test
    void inAWholeAddressToo() throws Exception {
        assertThat(answer("http://fleet/nodes?q=plain")).endsWith("[plain]");
        assertThat(answer("http://fleet/nodes?q=class==cpu;status==online"))
                .contains("200")
                .endsWith("[class==cpu;status==online]");
        assertThat(answer("http://fleet?q=a;b")).contains("404");
    }
}
