package io.fleetwright.agent.local;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fleetwright.agent.core.Frame;
import io.fleetwright.agent.core.Frame.Answer;
import io.fleetwright.agent.core.Outcomes;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Inference for applications on the board, after the Open Inference Protocol V2: {@code POST /v2/models/{slot}/infer} with one
 * input of INT8 codes, and {@code GET /outcomes} for jobs whose end the node was told of. It listens on the loopback address only, and answers only requests that name it as such and say
 * that they are JSON, so that no page in a browser on the board can use it.
 */
public final class InferenceEndpoint implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 1 << 20;
    private static final int REQUESTS_MAX = 64;
    private static final int ELEMENTS_MAX = 200_000;
    private static final long CLASSES_MAX = 65_536;
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Pattern PATH = Pattern.compile("/v2/models/([a-z0-9][a-z0-9.-]{0,63})/infer");
    private static final Pattern AFTER = Pattern.compile("after=([0-9]{1,18})");
    private static final Pattern HOST = Pattern.compile("(127\\.0\\.0\\.1|localhost|\\[::1])(:[0-9]{1,5})?");

    private final Frames frames;
    private final Told told;
    private final HttpServer server;
    private final Semaphore requests = new Semaphore(REQUESTS_MAX);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Ends of jobs.
     *
     * @param start of the agent, within which numbers of outcomes count
     */
    public record Told(String start, Outcomes outcomes) {}

    /** A request that cannot be served, with what the caller is told. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;

        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /**
     * Opens the endpoint.
     *
     * @param port 0 for any that is free
     * @throws IOException when the port cannot be had
     */
    public InferenceEndpoint(int port, Frames frames, Told told) throws IOException {
        this.frames = frames;
        this.told = told;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), REQUESTS_MAX);
        server.createContext("/", this::exchange);
        server.setExecutor(threads);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!requests.tryAcquire()) {
                send(exchange, 429, error("%d requests are being served".formatted(REQUESTS_MAX)));
                return;
            }
            try {
                send(exchange, 200, answer(exchange));
            } catch (RefusedException refused) {
                send(exchange, refused.status, error(String.valueOf(refused.getMessage())));
            } finally {
                requests.release();
            }
        }
    }

    private byte[] answer(HttpExchange exchange) throws IOException, RefusedException {
        String host = exchange.getRequestHeaders().getFirst("Host");
        if (host == null || !HOST.matcher(host).matches()) {
            throw new RefusedException(403, "only for applications on this board");
        }
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/v2/health/live") || path.equals("/v2/health/ready")) {
            return Json.write(out -> out.field("ready", true));
        }
        if (path.equals("/outcomes")) {
            return outcomes(exchange);
        }
        Matcher slot = PATH.matcher(path);
        if (!slot.matches()) {
            throw new RefusedException(404, "there is only /v2/models/{slot}/infer, /v2/health/ready and /outcomes");
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            throw new RefusedException(405, "method must be POST");
        }
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type == null || !type.startsWith("application/json")) {
            throw new RefusedException(415, "content type must be application/json");
        }
        byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
        if (body.length > BODY_BYTES_MAX) {
            throw new RefusedException(413, "body of more than %d bytes".formatted(BODY_BYTES_MAX));
        }
        try {
            Json.Node request = Json.read(body, BODY_BYTES_MAX);
            String id = request.textOrNull("id");
            return shown(id == null ? "" : id, slot.group(1), infer(frame(slot.group(1), request)));
        } catch (MalformedMessageException malformed) {
            throw new RefusedException(400, String.valueOf(malformed.getMessage()));
        }
    }

    /** {@code ?after=N} for those that came after one with that number. */
    private byte[] outcomes(HttpExchange exchange) throws RefusedException {
        if (!exchange.getRequestMethod().equals("GET")) {
            throw new RefusedException(405, "method must be GET");
        }
        String query = exchange.getRequestURI().getQuery();
        Matcher after = AFTER.matcher(query == null ? "after=0" : query);
        if (!after.matches()) {
            throw new RefusedException(400, "the query may be after=N");
        }
        List<Outcomes.Numbered> newer = told.outcomes().after(Long.parseLong(after.group(1)));
        return Json.write(out -> out.field("start", told.start()).objects("outcomes", newer, (o, one) -> {
            o.field("number", one.number());
            one.outcome().write(o);
        }));
    }

    private static Frame frame(String slot, Json.Node request) throws MalformedMessageException {
        List<byte[]> inputs = request.objects("inputs", 1, InferenceEndpoint::codes);
        if (inputs.isEmpty()) {
            throw new MalformedMessageException("$.inputs must have one input");
        }
        Json.Node parameters = request.object("parameters");
        Long label = parameters.numberOrNull("label", 0, CLASSES_MAX);
        return new Frame(
                slot, parameters.textOrNull("device"), inputs.get(0), label == null ? null : (int) (long) label);
    }

    private static byte[] codes(Json.Node input) throws MalformedMessageException {
        if (!input.text("datatype").equals("INT8")) {
            throw new MalformedMessageException("%s.datatype must be INT8".formatted(input));
        }
        List<Long> data = input.numbers("data", ELEMENTS_MAX, Byte.MIN_VALUE, Byte.MAX_VALUE);
        byte[] codes = new byte[data.size()];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = data.get(i).byteValue();
        }
        return codes;
    }

    private Answer.Done infer(Frame frame) throws RefusedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        if (!frames.offer(frame, answer::complete)) {
            throw new RefusedException(429, "the agent has too much to do");
        }
        try {
            return switch (answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
                case Answer.Done done -> done;
                case Answer.Refused(Frame.Reason reason, String detail) ->
                    throw new RefusedException(
                            switch (reason) {
                                case NO_SUCH_SLOT -> 404;
                                case WRONG_INPUT -> 400;
                                case QUEUE_FULL -> 429;
                                case FAILED -> 500;
                            },
                            detail);
            };
        } catch (TimeoutException late) {
            throw new RefusedException(504, "no answer within %d s".formatted(ANSWER.toSeconds()));
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            throw new RefusedException(503, "the agent ends");
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("an answer is never an error", impossible);
        }
    }

    private static byte[] shown(String id, String slot, Answer.Done done) {
        var measured = done.measured();
        return Json.write(out -> out.field("model_name", slot)
                .field("id", id)
                .objects(
                        "outputs",
                        List.of(measured.output()),
                        (o, output) -> o.field("name", "output")
                                .field("datatype", "INT8")
                                .numbers("shape", List.of(1, output.length))
                                .numbers("data", list(output)))
                .field("device", done.device())
                .field("digest", done.digest().value())
                .field("latency_ms", measured.latencyMicros() / 1000)
                .field("modelled", measured.modelled())
                .field("energy_mj", measured.energyMicrojoules() == null ? null : measured.energyMicrojoules() / 1000)
                .field("energy_method", measured.energyMethod().wireName()));
    }

    private static List<Integer> list(byte[] codes) {
        Integer[] list = new Integer[codes.length];
        for (int i = 0; i < codes.length; i++) {
            list[i] = (int) codes[i];
        }
        return List.of(list);
    }

    private static byte[] error(String message) {
        return Json.write(out -> out.field("error", message));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
