package io.fleetwright.agent.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.core.Frame;
import io.fleetwright.agent.core.Frame.Answer;
import io.fleetwright.agent.core.Outcomes;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.sensor.SyntheticInputs;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.trust.Digest;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InferenceEndpointTest {
    private static final String INPUT = """
            {"id":"r1","inputs":[{"name":"input","shape":[1,3],"datatype":"INT8","data":[-128,0,127]}],
             "parameters":{"label":2,"device":"cpu0"}}""";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Frame> taken = Collections.synchronizedList(new ArrayList<>());
    private final Outcomes outcomes = new Outcomes();
    private volatile boolean busy;
    private volatile Answer answer = new Answer.Done(
            "cpu0",
            Digest.of(new byte[] {1}),
            new Measured(new byte[] {5, -6}, 1500, null, false, null, EnergyMethod.UNKNOWN, null));
    private final InferenceEndpoint endpoint;

    InferenceEndpointTest() throws Exception {
        endpoint = new InferenceEndpoint(
                0,
                (frame, done) -> {
                    if (busy) {
                        return false;
                    }
                    taken.add(frame);
                    done.accept(answer);
                    return true;
                },
                new InferenceEndpoint.Told("00aa", outcomes));
    }

    @AfterEach
    void close() {
        endpoint.close();
        client.close();
    }

    private HttpResponse<String> post(String path, String type, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(endpoint.port(), path)))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private int infer(String body) throws Exception {
        return post("/v2/models/glyphs/infer", "application/json", body).statusCode();
    }

    @Test
    void answersWithTheOutputAndHowItCameAbout() throws Exception {
        HttpResponse<String> response = post("/v2/models/glyphs/infer", "application/json", INPUT);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"data\":[5,-6]", "\"shape\":[1,2]", "\"latency_ms\":1.5", "\"modelled\":false")
                .contains("\"energy_method\":\"unknown\"")
                .doesNotContain("energy_mj\":0");
        assertThat(taken).singleElement().satisfies(frame -> {
            assertThat(frame.slot()).isEqualTo("glyphs");
            assertThat(frame.device()).isEqualTo("cpu0");
            assertThat(frame.label()).isEqualTo(2);
            assertThat(frame.input()).containsExactly(-128, 0, 127);
        });
    }

    @Test
    void refusesWhatIsNoRequest() throws Exception {
        assertThat(infer("{")).isEqualTo(400);
        assertThat(infer("{\"inputs\":[]}")).isEqualTo(400);
        assertThat(infer(INPUT.replace("INT8", "FP32"))).isEqualTo(400);
        assertThat(infer(INPUT.replace("127", "128"))).isEqualTo(400);
        assertThat(infer(" ".repeat((1 << 20) + 1))).isEqualTo(413);
        assertThat(post("/v2/models/glyphs/infer", "text/plain", INPUT).statusCode())
                .isEqualTo(415);
        assertThat(post("/v2/models/../infer", "application/json", INPUT).statusCode())
                .isEqualTo(404);
        assertThat(taken).isEmpty();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(endpoint.port(), path)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void outcomesThatTheNodeWasToldOfAreListedFromANumberOn() throws Exception {
        assertThat(get("/outcomes").body()).isEqualTo("{\"start\":\"00aa\",\"outcomes\":[]}");
        for (String job : List.of("j-1", "j-2")) {
            outcomes.add(new Outcome(job, "glyphs", Outcome.State.FAILED, "broken", "n/cpu0", 7, List.of()));
        }
        assertThat(get("/outcomes?after=1").body())
                .isEqualTo("{\"start\":\"00aa\",\"outcomes\":[{\"number\":2,\"job\":\"j-2\",\"name\":\"glyphs\","
                        + "\"state\":\"failed\",\"reason\":\"broken\",\"device\":\"n/cpu0\",\"finishedAt\":7,"
                        + "\"outputs\":[]}]}");
        assertThat(get("/outcomes").body()).contains("j-1", "j-2");
        assertThat(get("/outcomes?after=-1").statusCode()).isEqualTo(400);
        assertThat(get("/outcomes?before=1").statusCode()).isEqualTo(400);
        assertThat(post("/outcomes", "application/json", "{}").statusCode()).isEqualTo(405);
    }

    @Test
    void saysWhyTheCoreRefused() throws Exception {
        answer = new Answer.Refused(Frame.Reason.NO_SUCH_SLOT, "slot glyphs runs on no device");
        assertThat(infer(INPUT)).isEqualTo(404);
        answer = new Answer.Refused(Frame.Reason.WRONG_INPUT, "input of 3 bytes");
        assertThat(infer(INPUT)).isEqualTo(400);
        answer = new Answer.Refused(Frame.Reason.QUEUE_FULL, "16 inputs wait");
        assertThat(infer(INPUT)).isEqualTo(429);
        busy = true;
        assertThat(infer(INPUT)).isEqualTo(429);
    }

    @Test
    void answersNobodyWhoCallsItByAnotherName() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
            String request = "POST /v2/models/glyphs/infer HTTP/1.1\r\nHost: evil.example\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertThat(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void syntheticInputsAreTheSameForTheSameSeed() {
        SyntheticInputs one = new SyntheticInputs(7);
        SyntheticInputs other = new SyntheticInputs(7);
        for (int bytes : new int[] {1, 4, 7, 1024, 3072}) {
            assertThat(one.next(bytes)).isEqualTo(other.next(bytes)).hasSize(bytes);
        }
        assertThat(one.next(1024)).isNotEqualTo(new SyntheticInputs(8).next(1024));
    }
}
