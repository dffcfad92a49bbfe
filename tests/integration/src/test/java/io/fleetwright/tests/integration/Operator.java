package io.fleetwright.tests.integration;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.testkit.Await;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What an operator does over REST, with the waiting that belongs to it. */
public final class Operator {
    /** Bytes of one input of the glyph networks. */
    public static final int INPUT_BYTES = GlyphDataSet.BYTES_PER_IMAGE;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Set<String> OPEN = Set.of("queued", "running");

    private final Api api;

    public Operator(Api api) {
        this.api = api;
    }

    /** Exchanges the setup token of a fresh controller. */
    public static Operator signIn(Processes.Controller controller) throws IOException, InterruptedException {
        Api open = new Api(controller.url(), null);
        return new Operator(
                open.as(open.post("/api/v1/setup", "{\"setupToken\":\"%s\"}".formatted(controller.setupToken()))
                        .expect(200)
                        .body()
                        .get("token")
                        .asText()));
    }

    public Api api() {
        return api;
    }

    /** A token that so many nodes may enrol with. */
    public String enrolmentToken(int uses) throws IOException, InterruptedException {
        return api.post("/api/v1/enrolment-tokens", "{\"uses\":%d,\"minutes\":10}".formatted(uses))
                .expect(201)
                .body()
                .get("token")
                .asText();
    }

    /** A version of the product's own network, with these variants, measured on a few images. */
    public void publishGlyphs(String version, int images, String... variants) throws IOException, InterruptedException {
        String path = createGlyphs(version, images);
        for (String variant : variants) {
            api.put(path + "/variants/" + variant, GlyphModels.bytes(variant)).expect(201);
        }
    }

    /** A version of the glyph model with one variant of the caller's own. */
    public void publish(String version, int images, String variant, byte[] artifact)
            throws IOException, InterruptedException {
        api.put(createGlyphs(version, images) + "/variants/" + variant, artifact)
                .expect(201);
    }

    /** Path of a new version that has an evaluation set. */
    private String createGlyphs(String version, int images) throws IOException, InterruptedException {
        api.post("/api/v1/models", "{\"model\":\"glyphs\"}");
        api.post("/api/v1/models/glyphs/versions", "{\"version\":\"%s\"}".formatted(version))
                .expect(201);
        String path = "/api/v1/models/glyphs/versions/" + version;
        api.put(
                        path + "/evaluation-set",
                        EvaluationSetCodec.encode(GlyphDataSet.test(99).evaluationSet(images)))
                .expect(204);
        return path;
    }

    /** Begins a rollout of a glyph version to whatever can run it. */
    public String rollOut(String version) throws IOException, InterruptedException {
        return api.post(
                        "/api/v1/rollouts",
                        "{\"model\":\"glyphs\",\"version\":\"%s\",\"allowUnapproved\":true}".formatted(version))
                .expect(201)
                .body()
                .get("rollout")
                .asText();
    }

    public JsonNode rollout(String id) throws IOException, InterruptedException {
        return api.get("/api/v1/rollouts/" + id).expect(200).body();
    }

    /** Waits until the rollout has ended, and asks that it ended well. */
    public void awaitSucceeded(String rollout) {
        Await.until("rollout %s has succeeded".formatted(rollout), LIMIT, () -> {
            JsonNode state = rollout(rollout);
            if (!Set.of("running", "succeeded").contains(state.get("state").asText())) {
                throw new IllegalStateException("the rollout has ended otherwise: " + state);
            }
            return state.get("state").asText().equals("succeeded");
        });
    }

    /** Waits until exactly these nodes are online. */
    public void awaitOnline(Collection<String> nodes) {
        Await.until("online: " + nodes, LIMIT, () -> {
            Set<String> online = new HashSet<>();
            String cursor = "";
            while (cursor != null) {
                JsonNode page =
                        api.get("/api/v1/nodes?limit=200" + cursor).expect(200).body();
                for (JsonNode node : page.get("items")) {
                    if (node.get("status").asText().equals("online")) {
                        online.add(node.get("node").asText());
                    }
                }
                cursor = page.has("next") ? "&cursor=" + page.get("next").asText() : null;
            }
            return online.equals(Set.copyOf(nodes));
        });
    }

    /** The status that the controller has of a node. */
    public String statusOf(String node) throws IOException, InterruptedException {
        return api.get("/api/v1/nodes/" + node).expect(200).body().get("status").asText();
    }

    /** Body of a job for one device. */
    public static String newJob(String device, Duration deadline) {
        return "{\"model\":\"glyphs\",\"device\":\"%s\",\"deadlineMs\":%d,\"input\":\"%s\"}"
                .formatted(device, deadline.toMillis(), Base64.getEncoder().encodeToString(new byte[INPUT_BYTES]));
    }

    /** Has a job accepted. */
    public String submit(String device, Duration deadline) throws IOException, InterruptedException {
        return api.post("/api/v1/jobs", newJob(device, deadline))
                .expect(202)
                .body()
                .get("job")
                .asText();
    }

    public JsonNode job(String id) throws IOException, InterruptedException {
        return api.get("/api/v1/jobs/" + id).expect(200).body();
    }

    public static boolean isOpen(JsonNode job) {
        return OPEN.contains(job.get("state").asText());
    }

    /** Waits until every one of these jobs has ended; answers them as they are then. */
    public List<JsonNode> awaitEnded(Collection<String> jobs, Duration limit) throws IOException, InterruptedException {
        for (String job : jobs) {
            Await.until("job %s has ended".formatted(job), limit, () -> !isOpen(job(job)));
        }
        java.util.ArrayList<JsonNode> ended = new java.util.ArrayList<>();
        for (String job : jobs) {
            ended.add(job(job));
        }
        return ended;
    }
}
