package io.fleetwright.cli.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fleetwright.cli.Ran;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestCommandsTest {
    /** A canned answer. */
    private record Answer(int status, String body) {}

    private final Map<String, Answer> answers = new HashMap<>();
    /** Come before those that stay, each once. */
    private final Map<String, Queue<Answer>> first = new ConcurrentHashMap<>();

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server = HttpServerHolder.make();

    @TempDir
    private Path folder = Path.of("");

    /** Makes servers on a free port of the loopback address. */
    private static final class HttpServerHolder {
        static HttpServer make() {
            try {
                return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
        asked.add(request + " " + exchange.getRequestHeaders().getFirst("Authorization") + " " + body);
        Answer known = answers.getOrDefault(
                request,
                new Answer(404, "{\"title\":\"not found\",\"status\":404,\"detail\":\"there is no such thing\"}"));
        Answer once = first.getOrDefault(request, new ArrayDeque<>()).poll();
        Answer answer = once == null ? answers.getOrDefault(request + " " + body, known) : once;
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Ran run(Object... command) {
        List<Object> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("--url", "http://127.0.0.1:" + server.getAddress().getPort(), "--token", "fwt_x"));
        return Ran.of(all.toArray());
    }

    @Test
    void listsFollowEveryPage() throws IOException {
        answers.put(
                "GET /api/v1/nodes?limit=200",
                new Answer(200, "{\"items\":[{\"node\":\"a\",\"status\":\"online\"}],\"next\":\"c 1\"}"));
        answers.put(
                "GET /api/v1/nodes?limit=200&cursor=c%201",
                new Answer(200, "{\"items\":[{\"node\":\"b\",\"status\":\"lost\"}]}"));
        assertThat(run("node", "list", "-o", "json").json().path("items")).hasSize(2);
        assertThat(run("node", "list").out().lines()).hasSize(3).anyMatch(line -> line.matches("b +lost .*"));
        assertThat(asked).allMatch(request -> request.contains("Bearer fwt_x"));
    }

    @Test
    void alertsAreListedAndMayFailAScript() throws IOException {
        answers.put("GET /api/v1/alerts?limit=200&q=class%3D%3Dgpu", new Answer(200, """
                {"items":[{"alert":"node-lost:n1","rule":"node-lost","severity":"critical","subject":{"kind":"node","id":"n1"},
                 "node":"n1","since":"2026-01-01T00:00:00Z","detail":"the node was cut off"},
                 {"alert":"battery-low:n2","rule":"battery-low","severity":"warning","subject":{"kind":"node","id":"n2"},
                 "node":"n2","detail":"12 % of its battery is left"}],"counts":{"critical":1,"warning":1},"more":false}"""));
        Ran all = run("alerts", "--query", "class==gpu");
        assertThat(all.code()).isZero();
        assertThat(all.out().lines())
                .hasSize(3)
                .anyMatch(line -> line.matches("critical +node-lost +n1 +2026-01-01T00:00:00Z +the node was cut off"))
                .anyMatch(line -> line.matches("warning +battery-low +n2 +- +12 % of its battery is left"));
        Ran failing = run("alerts", "--query", "class==gpu", "--severity", "critical", "--fail", "-o", "json");
        assertThat(failing.code()).isEqualTo(1);
        assertThat(failing.json().path("items")).hasSize(1);
        answers.put("GET /api/v1/alerts?limit=200", new Answer(200, "{\"items\":[]}"));
        assertThat(run("alerts", "--fail").code()).isZero();
    }

    @Test
    void energyIsShownByGroupWithItsMethodAndWhatIsUnknown() throws IOException {
        answers.put("GET /api/v1/energy?group=model&minutes=30&limit=200", new Answer(200, """
                {"by":"model","from":"a","to":"b","framesFrom":"c","runs":5,"unknown":1,"more":2,
                 "totals":[{"what":"computing","modelled":false,"runs":4,"mj":10.5,"uncertaintyMj":1.25,"mjEach":2.625}],
                 "items":[{"group":"glyphs","runs":4,"unknown":0,"unknownShare":0,"figures":[
                   {"kind":"inference","modelled":false,"energyMethod":"rapl","runs":4,"mj":10.5,"uncertaintyMj":1.25,"mjEach":2.625}]},
                  {"group":"person","runs":1,"unknown":1,"unknownShare":1,"figures":[]}]}"""));
        Ran shown = run("energy", "--group", "model", "--minutes", "30");
        assertThat(shown.code()).isZero();
        assertThat(shown.out().lines())
                .anyMatch(line -> line.matches("glyphs +inference +rapl +10.500 +1.250 +4 +2.625 +0.0 %"))
                .anyMatch(line -> line.matches("person +- +unknown +- +- +1 +- +100.0 %"))
                .anyMatch(line -> line.matches("all +computing +measured +10.500 +1.250 +4 +2.625 +-"))
                .anyMatch("1 of 5 runs with unknown energy, from a to b"::equals)
                .anyMatch("frames of streams are known from c on"::equals)
                .anyMatch("2 more groups took less"::equals);
        assertThat(run("energy", "--group", "model", "--minutes", "30", "-o", "json")
                        .json()
                        .path("runs")
                        .asInt())
                .isEqualTo(5);
        assertThat(run("energy", "--group", "planet").code()).isEqualTo(2);
    }

    @Test
    void aStreamIsBegunShownAndStopped() throws IOException {
        String stream = """
                {"stream":"s-1","model":"m","source":"a/cpu0","sensor":"cam","priority":4,"yieldsTo":"s-9","state":"%s","met":7,"missed":1,"skipped":0%s,
                 "plan":{"epoch":2,"helper":"b/gpu0"}}""";
        answers.put("POST /api/v1/streams", new Answer(201, stream.formatted("running", "")));
        answers.put("GET /api/v1/streams/s-1", new Answer(200, stream.formatted("running", "")));
        answers.put("GET /api/v1/streams/s-1/why", new Answer(200, """
                {"stream":"s-1","plans":[{"epoch":2,"cause":"node-lost","helper":"b/gpu0","after":3,"plannedMs":61.5,
                 "replanMs":4.25,"observed":{"met":7,"missed":1,"skipped":0,"modelled":{"frames":8,"p50Ms":62.0,"p90Ms":64.0}},
                 "why":{"candidates":[{"device":"alone","verdict":"late","totalMs":90.0,"canBeReplacedInTime":true,"heldBy":[]},
                  {"device":"c/gpu0","verdict":"held","totalMs":60.0,"canBeReplacedInTime":true,"heldBy":["s-8","s-9"]}]}}]}"""));
        answers.put("GET /api/v1/streams/s-1/windows?limit=10", new Answer(200, """
                {"items":[{"from":1,"to":8,"met":7,"missed":1,"skipped":0,"helped":7,"fallbacks":1,"modelled":true,
                 "latency":{"frames":8,"p50Ms":62.0,"p90Ms":64.0},"event":"helper-lost"}]}"""));
        answers.put(
                "POST /api/v1/streams/s-1/stop", new Answer(200, stream.formatted("stopped", ",\"endedAt\":\"x\"")));
        Ran created = run(
                "stream",
                "create",
                "m",
                "--source",
                "a/cpu0",
                "--sensor",
                "cam",
                "--period-ms",
                200,
                "--deadline-ms",
                150,
                "--priority",
                4);
        assertThat(created.out().strip()).isEqualTo("s-1");
        assertThat(asked.getLast())
                .contains("\"periodMs\":200", "\"deadlineMs\":150", "\"sensor\":\"cam\"", "\"priority\":4");
        assertThat(run("stream", "show", "s-1").out())
                .contains("plan 2 with b/gpu0", "node-lost", "61.500", "4.250", "late", "1-8", "helper-lost")
                .contains("priority 4", "yields to s-9", "s-8, s-9");
        answers.put(
                "GET /api/v1/streams?limit=200",
                new Answer(200, "{\"items\":[%s]}".formatted(stream.formatted("running", ""))));
        assertThat(run("stream", "ls").out()).contains("priority").containsPattern("a/cpu0 +4 +running");
        assertThat(run("stream", "show", "s-1", "-o", "json").json().path("windows"))
                .hasSize(1);
        assertThat(run("stream", "stop", "s-1").out()).contains("stopped", "met 7, missed 1, skipped 0");
        answers.put("GET /api/v1/streams/s-1", new Answer(200, stream.formatted("failed", ",\"endedAt\":\"x\"")));
        assertThat(run("stream", "watch", "s-1").code()).isEqualTo(1);
        assertThat(run("stream", "create", "m", "--source", "a/cpu0").code()).isEqualTo(2);
    }

    @Test
    void aJobsTransformsGoAsTheApiHasThemAndWhatTheyTookIsShown() throws IOException {
        answers.put("POST /api/v1/jobs", new Answer(202, "{\"job\":\"j-9\",\"state\":\"queued\"}"));
        answers.put("GET /api/v1/jobs/j-9", new Answer(200, """
                {"job":"j-9","model":"m","state":"succeeded","variant":"int8","node":"a","device":"cpu0","latencyMs":1.5,"modelled":false,
                 "energyMethod":"unknown","sensor":"cam","frameForm":{"type":"int8","shape":[240,320,3]},
                 "before":[{"transform":"resize","parameters":{"height":96,"width":96,"method":"bilinear"}}],
                 "after":[{"transform":"argmax","parameters":{}}],"beforeMs":2.25,"afterMs":0.004,
                 "form":{"type":"int32","shape":[1]},"output":"BwAAAA=="}"""));
        Ran ran = run(
                "job",
                "submit",
                "m",
                "--source",
                "a/cpu0",
                "--sensor",
                "cam",
                "--frame-shape",
                "240,320,3",
                "--before",
                "resize:height=96,width=96",
                "--after",
                "argmax",
                "--wait");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("before: resize:height=96,width=96,method=bilinear of int8[240,320,3], 2.250 ms on the board")
                .contains("after: argmax, 0.004 ms on the board")
                .contains("answer int32[1]: 7");
        assertThat(asked)
                .anySatisfy(request -> assertThat(request)
                        .startsWith("POST /api/v1/jobs")
                        .contains("\"frame\":{\"type\":\"int8\",\"shape\":[240,320,3]}")
                        .contains("\"before\":[{\"transform\":\"resize\",\"parameters\":{\"height\":96,\"width\":96}}]")
                        .contains("\"after\":[{\"transform\":\"argmax\",\"parameters\":{}}]"));
        assertThat(run("job", "submit", "--graph", "g.json", "--after", "argmax")
                        .code())
                .isEqualTo(2);
    }

    @Test
    void aStreamsTransformsGoAsTheApiHasThemAndItsShortAnswersAreShown() throws IOException {
        String stream = """
                {"stream":"s-2","model":"m","source":"a/cpu0","state":"running","frame":{"type":"int8","shape":[240,320,3]},
                 "before":[{"transform":"resize","parameters":{"height":96,"width":96,"method":"nearest"}}],
                 "after":[{"transform":"argmax","parameters":{}}]}""";
        answers.put("POST /api/v1/streams", new Answer(201, stream));
        answers.put("GET /api/v1/streams/s-2", new Answer(200, stream));
        answers.put("GET /api/v1/streams/s-2/why", new Answer(200, "{\"stream\":\"s-2\",\"plans\":[]}"));
        answers.put("GET /api/v1/streams/s-2/windows?limit=10", new Answer(200, """
                {"items":[{"from":1,"to":8,"met":8,"before":{"frames":8,"p50Ms":1.0,"p90Ms":1.25},"after":{"frames":8,"p50Ms":0.0,"p90Ms":0.5},
                 "outcomes":[{"frame":7,"output":"AQAAAA==","form":{"type":"int32","shape":[1]}},
                  {"frame":8,"output":"/////w==","form":{"type":"int32","shape":[1]}}]},
                 {"from":9,"to":9,"met":1,"outcomes":[{"frame":9,"output":"AQIDBAUGBwgJ","form":{"type":"int8","shape":[9]}}]},
                 {"from":10,"to":10,"met":1,"outcomes":[{"frame":10,"output":"AQ=="}]}]}"""));
        List<Object> create = List.of(
                "stream",
                "create",
                "m",
                "--source",
                "a/cpu0",
                "--sensor",
                "cam",
                "--period-ms",
                200,
                "--deadline-ms",
                150);
        List<Object> whole = new ArrayList<>(create);
        whole.addAll(List.of(
                "--before",
                "resize:height=96,width=96,method=nearest",
                "--before",
                "normalise:offset=-3",
                "--after",
                "argmax",
                "--frame-shape",
                "240,320,3"));
        assertThat(run(whole.toArray()).out().strip()).isEqualTo("s-2");
        assertThat(asked.getLast())
                .contains("\"frame\":{\"type\":\"int8\",\"shape\":[240,320,3]}")
                .contains(
                        "\"before\":[{\"transform\":\"resize\",\"parameters\":{\"height\":96,\"width\":96,\"method\":\"nearest\"}},"
                                + "{\"transform\":\"normalise\",\"parameters\":{\"offset\":-3}}]")
                .contains("\"after\":[{\"transform\":\"argmax\",\"parameters\":{}}]");
        assertThat(run("stream", "show", "s-2").out())
                .contains("before: resize:height=96,width=96,method=nearest of int8[240,320,3]", "after: argmax")
                .containsPattern("1-8 .* 1.250 +0.500 +-1 ")
                .containsPattern("9-9 .* 1,2,3,4,5,6,7,8,... ")
                .containsPattern("10-10 .* - +- +- +-");
        int before = asked.size();
        for (List<String> wrong : List.of(
                List.of("--before", "Resize"),
                List.of("--before", "resize:"),
                List.of("--before", "resize:height"),
                List.of("--after", "resize:height=1,height=2"),
                List.of("--frame-shape", "240x320"),
                List.of("--frame-type", "int32"))) {
            List<Object> command = new ArrayList<>(create);
            command.addAll(wrong);
            Ran ran = run(command.toArray());
            assertThat(ran.code()).as(wrong.toString()).isEqualTo(2);
            assertThat(ran.err()).contains(wrong.getFirst());
        }
        assertThat(asked).as("nothing is asked then").hasSize(before);
    }

    @Test
    void aNodeShowsWhenItsDevicesTookLongerThanTheyHad() throws IOException {
        answers.put("GET /api/v1/nodes/a", new Answer(200, """
                {"node":"a","status":"online","devices":[{"device":"cpu0","slots":[],
                 "drifts":[{"digest":"sha256:ab","at":"2026-01-01T00:00:00Z","ratio":1.604}]},{"device":"gpu0","slots":[],"drifts":[]}]}"""));
        assertThat(run("node", "show", "a").out().lines())
                .contains("cpu0 took 1.60 times what it had taken for sha256:ab, at 2026-01-01T00:00:00Z")
                .noneMatch(line -> line.startsWith("gpu0 took"));
    }

    @Test
    void aQueryIsAskedOfTheController() throws IOException {
        answers.put(
                "GET /api/v1/nodes?limit=200&q=class%3D%3Dgpu%3Blabel.site%3D%3Dnorth",
                new Answer(200, "{\"items\":[{\"node\":\"a\",\"labels\":{\"rack\":\"7\",\"site\":\"north\"}}]}"));
        assertThat(run("node", "ls", "-q", "class==gpu;label.site==north").out())
                .contains("rack=7,site=north");
    }

    @Test
    void labelsAreSetAndTakenAway() {
        answers.put(
                "PATCH /api/v1/nodes/a {\"labels\":{\"site\":\"north=1\",\"rack\":null}}",
                new Answer(200, "{\"node\":\"a\",\"labels\":{\"site\":\"north=1\"}}"));
        Ran ran = run("node", "label", "a", "site=north=1", "rack-");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out().strip()).isEqualTo("a: site=north=1");
        assertThat(run("node", "label", "a", "site").code()).isEqualTo(2);
        assertThat(run("node", "label", "a", "=x").err()).contains("(=x) must be NAME=VALUE");
    }

    @Test
    void aDryRunShowsWhoWouldGetWhat() {
        answers.put("POST /api/v1/rollouts?dryRun=true", new Answer(200, """
                        {"model":"glyphs","version":"2","matched":2,"fitting":1,"bytes":31884,"expectedSeconds":12.5,
                         "waves":[{"wave":0,"devices":2}],
                         "devices":[{"node":"a","device":"cpu0","wave":0,"variant":"int8","bytes":31884,"reason":null},
                                    {"node":"b","device":"mcu0","wave":0,"variant":null,"bytes":0,"reason":"too large"}]}"""));
        Ran ran = run("rollout", "create", "glyphs", "2", "-q", "group==edge", "--gates", "{}", "--dry-run");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains(
                        "for 1 of 2 devices in 1 waves, 31884 bytes, 12.500 s expected", "a/cpu0", "int8", "too large");
        assertThat(asked.getLast()).contains("\"q\":\"group==edge\"", "\"gates\":{}");
    }

    @Test
    void anOptionThatIsNotJsonIsNamed() {
        for (String option : List.of("--policy", "--gates")) {
            Ran ran = run("rollout", "create", "glyphs", "2", option, "{waves");
            assertThat(ran.code()).as(option).isEqualTo(1);
            assertThat(ran.err()).contains(option + " is not JSON");
        }
    }

    @Test
    void groupsAreQueriesWithNames() {
        String group = "{\"name\":\"edge\",\"q\":\"class==cpu\",\"by\":\"ann\",\"devices\":3}";
        answers.put("PUT /api/v1/groups/edge {\"q\":\"class==cpu\"}", new Answer(200, group));
        answers.put("GET /api/v1/groups?limit=200", new Answer(200, "{\"items\":[%s]}".formatted(group)));
        answers.put("GET /api/v1/groups/edge", new Answer(200, group));
        answers.put("DELETE /api/v1/groups/edge", new Answer(204, ""));
        assertThat(run("group", "set", "edge", "class==cpu").out().strip())
                .isEqualTo("edge: class==cpu, 3 devices now");
        assertThat(run("group", "ls").out()).contains("edge", "class==cpu", "ann");
        assertThat(run("group", "show", "edge").out()).contains("3 devices");
        assertThat(run("group", "delete", "edge").out().strip()).isEqualTo("edge is deleted");
    }

    @Test
    void tokensAreMadeListedAndRevoked() {
        answers.put("POST /api/v1/tokens", new Answer(201, "{\"token\":\"fwt_new\"}"));
        Ran made =
                run("token", "create", "ci", "--role", "operator", "--scope", "read,models:write", "--minutes", "10");
        assertThat(made.out().strip()).isEqualTo("fwt_new");
        assertThat(asked.getLast())
                .contains("\"name\":\"ci\"", "\"role\":\"operator\"", "[\"read\",\"models:write\"]", "\"minutes\":10");
        answers.put(
                "GET /api/v1/tokens?limit=200",
                new Answer(200, "{\"items\":[{\"id\":\"abc\",\"name\":\"ci\",\"role\":\"operator\"}]}"));
        assertThat(run("token", "ls").out()).contains("abc", "operator");
        answers.put("DELETE /api/v1/tokens/abc", new Answer(204, ""));
        assertThat(run("token", "revoke", "abc").code()).isZero();
        assertThat(run("token", "revoke", "xyz").code()).isEqualTo(1);
    }

    @Test
    void aSetupTokenAndAnIdTokenAreExchangedWhereEachBelongs() {
        answers.put("POST /api/v1/setup", new Answer(200, "{\"token\":\"fwt_admin\"}"));
        answers.put("POST /api/v1/token-exchange", new Answer(201, "{\"token\":\"fwt_short\"}"));
        assertThat(run("token", "exchange", "fws_x").out().strip()).isEqualTo("fwt_admin");
        assertThat(run("token", "exchange", "ey.x.y").out().strip()).isEqualTo("fwt_short");
    }

    @Test
    void aNodeIsRevokedAndDeleted() {
        answers.put("POST /api/v1/nodes/n1/revoke", new Answer(200, "{\"node\":\"n1\",\"status\":\"revoked\"}"));
        answers.put("DELETE /api/v1/nodes/n1", new Answer(204, ""));
        assertThat(run("node", "revoke", "n1").out()).contains("n1 is revoked");
        assertThat(run("node", "delete", "n1").out()).contains("n1 is deleted");
    }

    @Test
    void aBrokenAuditLogIsAFailureThatNamesTheFirstBreak() {
        answers.put("GET /api/v1/audit/verify", new Answer(200, "{\"intact\":true,\"entries\":7,\"head\":\"ab\"}"));
        assertThat(run("audit", "verify").out()).contains("7 entries are intact, head ab");
        answers.put(
                "GET /api/v1/audit/verify", new Answer(200, "{\"intact\":false,\"firstBreak\":3,\"why\":\"missing\"}"));
        Ran broken = run("audit", "verify");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).contains("broken at entry 3: missing");
    }

    @Test
    void brokerFilesAreWrittenWhereAskedAndNowhereElse() throws IOException {
        answers.put(
                "GET /api/v1/broker-config/emqx",
                new Answer(200, "{\"files\":{\"acl.conf\":\"{deny, all}.\",\"../evil\":\"x\"}}"));
        Path out = folder.resolve("broker");
        assertThat(run("broker-config", "--kind", "emqx", "--out", out).code()).isZero();
        assertThat(Files.readString(out.resolve("acl.conf"))).isEqualTo("{deny, all}.");
        assertThat(folder.resolve("evil")).doesNotExist();
        assertThat(run("broker-config", "--kind", "emqx").out()).contains("# acl.conf");
    }

    @Test
    void aResetNeedsTheFolderOfAController() {
        assertThat(run("token", "reset-admin", "--data", folder).err()).contains("no controller's data folder");
    }

    @Test
    void aRefusalIsOneLineWithItsReason() {
        Ran ran = run("node", "show", "nobody");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().strip()).isEqualTo("fleetwright: there is no such thing (status 404)");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void aTokenWithAStrayCharacterIsNeverRepeated() {
        for (String stray : new String[] {"fwt_secret\rx", "fwt_sécret", "fwt_secret x"}) {
            Ran ran = Ran.of("job", "list", "--token", stray);
            assertThat(ran.code()).isEqualTo(2);
            assertThat(ran.err()).contains("the API token has characters").doesNotContain("cret");
        }
        Ran ended = Ran.of("job", "list", "--url", "http://127.0.0.1:1", "--token", "fwt_secret\r");
        assertThat(ended.err()).as("a line's end is none of it").contains("does not answer");
    }

    @Test
    void aLimitBeyondItsBoundsIsWrongUsage() {
        for (int limit : new int[] {0, -1, 201}) {
            Ran ran = run("job", "list", "--limit", limit);
            assertThat(ran.code()).isEqualTo(2);
            assertThat(ran.err()).contains("--limit (%d) must be from 1 to 200".formatted(limit));
        }
    }

    @Test
    void nothingThatAnswersIsOneLineToo() {
        server.stop(0);
        Ran ran = run("job", "list");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().strip().lines()).hasSize(1).first().asString().contains("does not answer");
    }

    @Test
    void cutsOfAVariantAreATableOnceTheyAreMeasured() {
        String path = "GET /api/v1/models/vww/versions/1.0.0/variants/int8/cuts";
        answers.put(path, new Answer(200, "{\"state\":\"waiting\",\"bits\":4,\"inputs\":0,\"cuts\":[]}"));
        assertThat(run("model", "cuts", "vww", "1.0.0", "int8").out().strip()).isEqualTo("int8: waiting");
        answers.put(
                path,
                new Answer(
                        200,
                        "{\"state\":\"refused\",\"reason\":\"an input takes over 60 s\",\"bits\":4,\"inputs\":0,\"cuts\":[]}"));
        assertThat(run("model", "cuts", "vww", "1.0.0", "int8").out().strip())
                .isEqualTo("int8: refused, an input takes over 60 s");
        answers.put(path, new Answer(200, """
                        {"state":"measured","bits":4,"inputs":1000,"measuredAt":"2026-01-01T00:00:00Z","cuts":[
                         {"after":0,"lost":11,"gained":4,"loss":0.007,"low95":-0.0012,"high95":0.0161}]}"""));
        assertThat(run("model", "cuts", "vww", "1.0.0", "int8").out().lines())
                .containsExactly(
                        "cut after  bits  loss %           95 %  lost  gained",
                        "0             4    0.70  -0.12 to 1.61    11       4",
                        "losses of right answers, of 1000 inputs");
    }

    @Test
    void operatorsOfASlotAreATableOnceTheDeviceHasMeasuredThem() {
        String path = "GET /api/v1/devices/pi/cpu/operators/vww";
        answers.put(
                path,
                new Answer(200, "{\"device\":\"pi/cpu\",\"slot\":\"vww\",\"state\":\"awaited\",\"operators\":[]}"));
        assertThat(run("node", "operators", "pi/cpu", "vww").out().strip()).isEqualTo("vww on pi/cpu: awaited");
        answers.put(path, new Answer(200, """
                        {"device":"pi/cpu","slot":"vww","state":"measured","kernels":"vector-256","rounds":97,
                         "measuredAt":"2026-01-01T00:00:00Z","totalMs":0.4,"operators":[
                         {"index":0,"operator":"CONV_2D","kernel":"int","macs":497664,"bytes":46448,"p50Ms":0.1512,"share":0.378,"macsShare":0.75},
                         {"index":1,"operator":"SOFTMAX","kernel":"","macs":0,"bytes":36,"p50Ms":0.2488,"share":0.622,"macsShare":0.25}]}"""));
        assertThat(run("node", "operators", "pi/cpu", "vww").out().lines())
                .containsExactly(
                        "operator  name     kernel    macs  bytes  p50 us  time %  macs %",
                        "       0  CONV_2D  int     497664  46448   151.2    37.8    75.0",
                        "       1  SOFTMAX               0     36   248.8    62.2    25.0",
                        "0.400 ms in all, medians of 97 rounds on vector-256, measured 2026-01-01T00:00:00Z");
        answers.put(path, new Answer(200, """
                        {"device":"pi/cpu","slot":"vww","state":"left-out","kernels":"scalar","rounds":3,
                         "measuredAt":"2026-01-01T00:00:00Z","totalMs":5.5,"operators":[
                         {"index":0,"operator":"CONV_2D","kernel":"","macs":64,"bytes":8,"p50Ms":5.5,"share":1,"macsShare":1}]}"""));
        assertThat(run("node", "operators", "pi/cpu", "vww").out().lines())
                .hasSize(4)
                .last()
                .isEqualTo("left out of plans: runs of the whole network take less than half of that");
        assertThat(run("node", "operators", "pi", "vww").code()).isEqualTo(2);
    }

    @Test
    void aJobIsSubmittedAndAwaited() throws IOException {
        Path input = Files.write(folder.resolve("input"), new byte[] {1, 2, 3});
        answers.put("POST /api/v1/jobs", new Answer(202, "{\"job\":\"j-1\",\"state\":\"queued\"}"));
        assertThat(run("job", "submit", "vww", input, "--source", "mcu/cpu0", "--bits", "4")
                        .out()
                        .strip())
                .isEqualTo("j-1");
        assertThat(asked.getLast())
                .endsWith(" {\"model\":\"vww\",\"input\":\"AQID\",\"deadlineMs\":10000,\"device\":null,"
                        + "\"source\":\"mcu/cpu0\",\"bits\":4,\"sensor\":null}");
        assertThat(run("job", "submit", "vww", input, "--model-version", "1.0.0", "--energy-budget-mj", "2.5")
                        .code())
                .isZero();
        assertThat(asked.getLast()).contains("\"version\":\"1.0.0\"", "\"energyBudgetMj\":2.5");
        assertThat(run("job", "submit", "vww", input, "--accuracy-floor", "0.9", "--priority", "7", "--attempts", "2")
                        .code())
                .isZero();
        assertThat(asked.getLast()).contains("\"accuracyFloor\":0.9", "\"priority\":7", "\"attempts\":2");
        assertThat(run(
                                "job",
                                "submit",
                                "vww",
                                input,
                                "--source",
                                "mcu/cpu0",
                                "--bits",
                                "4",
                                "--accuracy-floor",
                                "0.9",
                                "--loss-max",
                                "0.02")
                        .code())
                .isZero();
        assertThat(asked.getLast()).contains("\"bits\":4", "\"accuracyFloor\":0.9", "\"lossMax\":0.02");
        assertThat(run("job", "submit", "vww", "--source", "mcu/cpu0", "--sensor", "camera")
                        .out()
                        .strip())
                .isEqualTo("j-1");
        assertThat(asked.getLast()).contains("\"input\":null", "\"source\":\"mcu/cpu0\"", "\"sensor\":\"camera\"");
        Ran both = run("job", "submit", "vww", input, "--source", "mcu/cpu0", "--sensor", "camera");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("give MODEL and INPUT");
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, """
                        {"job":"j-1","model":"vww","state":"succeeded","node":"mcu","device":"cpu0","variant":"int8",
                         "latencyMs":49.5,"modelled":true,"energyMethod":"unknown","shared":{"node":"drone","device":"gap9",
                         "after":7,"bits":4,"bytes":2392,"plannedMs":49.3,"linkMs":23.1,"localMs":88.9,"frontMs":25.3,
                         "backMs":0.8,"observedMs":52},"source":"mcu/cpu0","why":{"takesOver":"drone/gap9","candidates":[
                         {"device":"mcu/cpu0","verdict":"only-possible","finishMs":88.9},
                         {"device":"x/cpu0","verdict":"constraint"}],
                         "shared":[{"device":"drone/gap9","after":7,"bytes":2392,"finishMs":49.3}]}}"""));
        Ran done = run("job", "submit", "vww", input, "--wait");
        assertThat(done.code()).isZero();
        assertThat(done.out())
                .contains("drone/gap9 took over after operator 7, 4 bits, 2392 bytes", "planned 49.300 ms")
                .containsPattern("with drone/gap9 +takes-over +49.300 +after operator 7, 2392 bytes")
                .doesNotContain("constraint");
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, "{\"job\":\"j-1\",\"state\":\"expired\"}"));
        Ran expired = run("job", "wait", "j-1", "-o", "json");
        assertThat(expired.code()).isEqualTo(1);
        assertThat(expired.err().strip()).isEqualTo("fleetwright: job j-1 expired");
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, "{\"job\":\"j-1\",\"state\":\"running\"}"));
        Ran late = run("job", "wait", "j-1", "--timeout", "0");
        assertThat(late.code()).isEqualTo(5);
        assertThat(late.err()).contains("job j-1 is still running after 0 s");
    }

    @Test
    void anOutputIsWrittenToAFile() throws IOException {
        Path input = Files.write(folder.resolve("image"), new byte[] {1, 2, 3});
        Path output = folder.resolve("output");
        answers.put("POST /api/v1/jobs", new Answer(202, "{\"job\":\"j-1\",\"state\":\"queued\"}"));
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, """
                        {"job":"j-1","model":"segments","state":"succeeded","node":"n","device":"cpu0","variant":"int8",
                         "latencyMs":49.5,"modelled":false,"energyMethod":"unknown","outputDigest":"sha256:ab",
                         "outputBytes":150528}"""));
        answers.put("GET /api/v1/jobs/j-1/output", new Answer(200, "the bytes"));
        Ran shown = run("job", "show", "j-1");
        assertThat(shown.out()).contains("output of 150528 bytes, sha256:ab; --output FILE writes it");
        assertThat(output).doesNotExist();
        for (String[] words : new String[][] {
            {"job", "show", "j-1"}, {"job", "wait", "j-1"}, {"job", "submit", "segments", input.toString(), "--wait"}
        }) {
            Files.deleteIfExists(output);
            List<Object> line = new ArrayList<>(List.of(words));
            line.addAll(List.of("--output", output));
            Ran ran = run(line.toArray());
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(output).hasContent("the bytes");
        }
        answers.remove("GET /api/v1/jobs/j-1/output");
        assertThat(run("job", "show", "j-1", "--output", output).code()).isNotZero();

        Ran early = run("job", "submit", "segments", input, "--output", output);
        assertThat(early.code()).isEqualTo(2);
        assertThat(early.err()).contains("--output needs --wait");
        assertThat(run("job", "show", "g-1", "--output", output).code()).isEqualTo(2);
    }

    @Test
    void aJobOverThreeBoardsShowsThePartOfEachAndWhoWasLost() {
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, """
                        {"job":"j-1","model":"vww","state":"succeeded","node":"mcu","device":"m","variant":"int8",
                         "latencyMs":18.3,"modelled":true,"energyMethod":"unknown","shared":{"node":"far","device":"gap9",
                         "after":-1,"bits":8,"bytes":29980,"plannedMs":18.3,"linkMs":7.7,"localMs":88.9,"frontMs":0.001,
                         "backMs":0.7,"observedMs":52,"energy":{"computeMj":1.25,"linkMj":56.5,"unknownEnds":1},"parts":[
                         {"node":"mcu","device":"m","from":0,"to":0,"plannedMs":0,"tookMs":0.001,"bits":8,"bytes":27672,"linkMs":2.1},
                         {"node":"relay","device":"h7","from":0,"to":12,"plannedMs":9.9,"tookMs":9.9,"bits":8,"bytes":2308,"linkMs":5.6},
                         {"node":"far","device":"gap9","from":12,"to":13,"plannedMs":0.7,"tookMs":0.7}]},
                         "source":"mcu/m","why":{"takesOver":"far/gap9","candidates":[],
                         "shared":[{"device":"far/gap9","devices":["mcu/m","relay/h7","far/gap9"],"after":-1,"bytes":29980,
                         "finishMs":18.3},{"device":"far/gap9","devices":["mcu/m","far/gap9"],"after":7,"bytes":4632,
                         "finishMs":36.4}]}}"""));
        assertThat(run("job", "wait", "j-1").out())
                .contains("computing 1.250 mJ, of sending and receiving 56.500 mJ (1 end not counted)")
                .containsPattern("mcu/m +none +0.000 +0.001 +27672 +2.100")
                .containsPattern("relay/h7 +0 to 11 +9.900 +9.900 +2308 +5.600")
                .containsPattern("far/gap9 +12 +0.700 +0.700 +- +-")
                .containsPattern("with relay/h7, far/gap9 +takes-over +18.300")
                .containsPattern("with far/gap9 +not-chosen +36.400");
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, """
                        {"job":"j-1","model":"vww","state":"succeeded","node":"mcu","device":"m","latencyMs":88.9,
                         "modelled":true,"energyMethod":"unknown","lost":"relay/h7","why":{"candidates":[]}}"""));
        assertThat(run("job", "wait", "j-1").out()).contains("relay/h7 was lost while it had a part");
    }

    @Test
    void waitsOutliveAControllerThatIsAwayForAWhile() {
        List<Answer> away = List.of(
                new Answer(502, "<html>"),
                new Answer(503, "{\"detail\":\"starting\"}"),
                new Answer(429, "{\"detail\":\"too much\"}"));
        for (var waited : Map.of(
                        "rollout wait r-1",
                        List.of("GET /api/v1/rollouts/r-1", "{\"rollout\":\"r-1\",\"state\":\"%s\",\"targets\":[]}"),
                        "job wait j-1",
                        List.of("GET /api/v1/jobs/j-1", "{\"job\":\"j-1\",\"state\":\"%s\"}"),
                        "stream watch s-1",
                        List.of(
                                "GET /api/v1/streams/s-1",
                                "{\"stream\":\"s-1\",\"state\":\"%s\",\"endedAt\":\"2026-01-01T00:00:00Z\"}"))
                .entrySet()) {
            String request = waited.getValue().getFirst();
            String body = waited.getValue().getLast();
            Queue<Answer> answered = new ArrayDeque<>(List.of(
                    new Answer(200, body.formatted("running").replace(",\"endedAt\":\"2026-01-01T00:00:00Z\"", ""))));
            answered.addAll(away);
            first.put(request, answered);
            answers.put(request, new Answer(200, body.formatted("succeeded")));
            Ran ran = run((Object[]) waited.getKey().split(" ", -1));
            assertThat(ran.code()).as(waited.getKey() + ": " + ran.err()).isZero();
            assertThat(answered).as(waited.getKey()).isEmpty();
        }
        first.put("GET /api/v1/jobs/j-1", new ArrayDeque<>(List.of(away.get(1))));
        assertThat(run("job", "wait", "j-1").code())
                .as("nobody has seen it yet")
                .isEqualTo(1);
        first.put(
                "GET /api/v1/jobs/j-1",
                new ArrayDeque<>(List.of(
                        new Answer(200, "{\"job\":\"j-1\",\"state\":\"running\"}"),
                        new Answer(404, "{\"detail\":\"gone\"}"))));
        assertThat(run("job", "wait", "j-1").err()).contains("gone");
    }

    @Test
    void aVariantThatComesReadyMadeTakesNoCalibration() throws IOException {
        Path file = Files.writeString(folder.resolve("net.tflite"), "int8");
        Ran ran = run("model", "push", "m", "1.0.0", file, "--variant", "int8", "--calibration", file);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("--calibration is for --scheme");
        assertThat(asked).isEmpty();
    }

    @Test
    void aJobThatHasNotEndedIsCancelled() {
        answers.put("POST /api/v1/jobs/j-1/cancel", new Answer(200, """
                        {"job":"j-1","model":"vww","state":"cancelled","reason":"by-operator","node":"mcu","device":"m"}"""));
        Ran one = run("job", "cancel", "j-1");
        assertThat(one.code()).isZero();
        assertThat(one.out().strip()).isEqualTo("job j-1 of vww: cancelled (by-operator)");
        answers.put("GET /api/v1/jobs/j-1", new Answer(200, """
                        {"job":"j-1","model":"vww","state":"queued","reason":"no-device-can-run-it","why":{"candidates":[
                         {"device":"a/x","verdict":"constraint","detail":"the caller chose mine/x"},
                         {"device":"mine/x","verdict":"offline","detail":"lost"},
                         {"device":"b/x","verdict":"constraint","detail":"the caller chose mine/x"},
                         {"device":"c/x","verdict":"constraint","detail":"the caller chose mine/x"},
                         {"device":"d/x","verdict":"constraint","detail":"the caller chose mine/x"}]}}"""));
        assertThat(run("job", "show", "j-1").out())
                .containsPattern("4 devices +constraint +- +the caller chose mine/x")
                .containsPattern("mine/x +offline +- +lost")
                .doesNotContain("ran ");
        answers.put("POST /api/v1/graph-jobs/g-1/cancel", new Answer(200, """
                        {"job":"g-1","name":"g","state":"cancelled","reason":"by-operator","tasks":[
                         {"task":"c","kind":"transform","transform":{"transform":"argmax"},"state":"cancelled"}]}"""));
        assertThat(run("job", "cancel", "g-1").out())
                .contains("job g-1 (g): cancelled (by-operator)")
                .containsPattern("c +argmax +cancelled");
        answers.put("POST /api/v1/jobs/j-2/cancel", new Answer(409, "{\"detail\":\"job j-2 is succeeded\"}"));
        Ran late = run("job", "cancel", "j-2");
        assertThat(late.code()).isNotZero();
        assertThat(late.err()).contains("job j-2 is succeeded");
    }

    @Test
    void aJobOfSeveralTasksIsSubmittedFromItsFileAndShown() throws IOException {
        Path input = Files.write(folder.resolve("image"), new byte[] {1, 2, 3});
        Path graph = Files.writeString(folder.resolve("graph.json"), """
                {"name":"g","inputs":{"a":{"shape":[3]}},"tasks":[],"outputs":[]}""");
        answers.put("POST /api/v1/graph-jobs", new Answer(202, "{\"job\":\"g-1\",\"state\":\"queued\"}"));
        assertThat(run("job", "submit", "--graph", graph, "--input", "a=" + input, "--deadline-ms", "70")
                        .out()
                        .strip())
                .isEqualTo("g-1");
        assertThat(asked.getLast())
                .endsWith(" {\"name\":\"g\",\"inputs\":{\"a\":{\"shape\":[3],\"data\":\"AQID\"}},\"tasks\":[],"
                        + "\"outputs\":[],\"deadlineMs\":70}");
        answers.put("GET /api/v1/graph-jobs/g-1", new Answer(200, """
                {"job":"g-1","name":"g","state":"failed","reason":"task m: broken","plannedMs":1.5,"observedMs":12,
                 "energy":{"knownMj":0.5,"unknownTasks":1},"tasks":[
                 {"task":"m","kind":"model","model":"glyphs","state":"failed","reason":"broken","plannedMs":1.5,"startMs":2,
                  "observedMs":10,"inference":{"node":"n1","device":"cpu0","attempts":4}},
                 {"task":"c","kind":"transform","transform":{"transform":"argmax"},"state":"cancelled","plannedMs":0}]}"""));
        Ran shown = run("job", "submit", "--graph", graph, "--wait");
        assertThat(shown.code()).isEqualTo(1);
        assertThat(shown.out())
                .contains("job g-1 (g): failed (task m: broken)", "0.500 mJ (1 inference not counted)")
                .containsPattern("m +glyphs +failed +n1/cpu0 +4 +1.500 +2 +10 +broken")
                .containsPattern("c +argmax +cancelled");
        assertThat(run("job", "submit", "--graph", graph, "--input", "b=" + input)
                        .err())
                .contains("has no input b");
        assertThat(run("job", "submit", "vww").err()).contains("give MODEL and INPUT, or --graph");
        assertThat(run("job", "submit", "vww", input, "--graph", graph).err()).contains("--graph says all of it");
        Files.writeString(graph, "{");
        assertThat(run("job", "submit", "--graph", graph).err()).contains("is not JSON");
    }

    @Test
    void aYamlSpecificationGoesAsItIsWithItsFilesBesideIt() throws IOException {
        Path input = Files.write(folder.resolve("image"), new byte[] {1, 2, 3});
        Path graph = Files.writeString(folder.resolve("graph.yaml"), "name: g\n");
        answers.put("POST /api/v1/inputs", new Answer(201, "{\"digest\":\"sha256:ab\"}"));
        answers.put(
                "POST /api/v1/graph-jobs?input=a%3Asha256%3Aab&deadlineMs=70&notify=n1",
                new Answer(202, "{\"job\":\"g-1\",\"state\":\"queued\"}"));
        assertThat(run(
                                "job",
                                "submit",
                                "--graph",
                                graph,
                                "--input",
                                "a=" + input,
                                "--deadline-ms",
                                "70",
                                "--notify",
                                "n1")
                        .out()
                        .strip())
                .isEqualTo("g-1");
        assertThat(asked.getLast()).endsWith(" name: g\n");
        assertThat(asked).anySatisfy(request -> assertThat(request).startsWith("POST /api/v1/inputs"));
    }

    @Test
    void aChartIsPrintedOrWritten() throws IOException {
        answers.put("GET /api/v1/graph-jobs/g-1/gantt", new Answer(200, """
                {"title":"pair (g-1): running","unit":"us","rows":["planned","n1/cpu0"],"bars":[
                 {"row":0,"label":"l","start":0,"finish":1500,"completed":true},
                 {"row":1,"label":"l","start":2000,"finish":9000,"completed":false}]}"""));
        assertThat(run("job", "gantt", "g-1").out())
                .contains("pair (g-1): running")
                .containsPattern("planned +l +0.000 +1.500 +yes")
                .containsPattern("n1/cpu0 +l +2.000 +9.000 +no");
        answers.put("GET /api/v1/graph-jobs/g-1/gantt?format=svg", new Answer(200, "<svg/>"));
        Path svg = folder.resolve("chart.svg");
        assertThat(run("job", "gantt", "g-1", "--svg", svg).code()).isZero();
        assertThat(svg).hasContent("<svg/>");
        assertThat(run("job", "gantt", "j-1").code()).isEqualTo(2);
    }

    @Test
    void waitTellsHowARolloutEndedByItsExitCode() {
        Map<String, Integer> codes = Map.of(
                "succeeded",
                0,
                "failed",
                1,
                "aborted",
                3,
                "rolled-back",
                3,
                "needs-approval",
                4,
                "running",
                5,
                "paused",
                5);
        codes.forEach((state, code) -> {
            answers.put(
                    "GET /api/v1/rollouts/r-1",
                    new Answer(200, "{\"rollout\":\"r-1\",\"state\":\"%s\",\"targets\":[]}".formatted(state)));
            assertThat(run("rollout", "wait", "r-1", "--timeout", "0").code())
                    .as(state)
                    .isEqualTo(code);
        });
    }

    @Test
    void aDeltaIsWeighedAgainstTheWholeAndWritten() throws IOException {
        answers.put("GET /api/v1/models/glyphs", new Answer(200, """
                        {"model":"glyphs","versions":[
                          {"version":"1.1.0","variants":[{"variant":"int8","digest":"sha256:b","bytes":16}]},
                          {"version":"1.0.0","variants":[{"variant":"int8","digest":"sha256:a","bytes":15}]}]}"""));
        answers.put("GET /api/v1/artifacts/sha256%3Ab/delta?from=sha256%3Aa", new Answer(200, "FWD1"));
        Path out = folder.resolve("delta");
        Ran ran = run("model", "delta", "glyphs", "1.0.0", "1.1.0", "int8", "--out", out);
        assertThat(ran.out().strip()).isEqualTo("int8 1.1.0 from 1.0.0: 4 bytes, 25.0 % of 16");
        assertThat(Files.readString(out)).isEqualTo("FWD1");
        assertThat(run("model", "delta", "glyphs", "1.0.0", "1.1.0", "int8", "-o", "json")
                        .json()
                        .path("fraction")
                        .asDouble())
                .isEqualTo(0.25);
        Ran none = run("model", "delta", "glyphs", "1.0.0", "1.1.0", "int4");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err().strip()).isEqualTo("fleetwright: glyphs 1.0.0 has no variant int4");
    }

    @Test
    void deletingSaysWhatIsInTheWay() {
        answers.put("DELETE /api/v1/models/glyphs/versions/1.0.0", new Answer(204, ""));
        answers.put(
                "DELETE /api/v1/models/glyphs/versions/1.1.0",
                new Answer(409, "{\"detail\":\"cannot be deleted: n1/cpu0/glyphs runs it\"}"));
        assertThat(run("model", "delete", "glyphs", "1.0.0").out().strip()).isEqualTo("glyphs 1.0.0 is deleted");
        Ran refused = run("model", "delete", "glyphs", "1.1.0");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("n1/cpu0/glyphs runs it");
    }

    @Test
    void waitWritesWhatAPipelineShows() throws IOException {
        answers.put("GET /api/v1/rollouts/r-1", new Answer(200, """
                        {"rollout":"r-1","model":"glyphs","version":"2.0.0","state":"rolled-back",
                         "reason":"failure-threshold","detail":"1 of wave 0 failed","counts":{"withdrawn":1,"cancelled":1}}"""));
        answers.put("GET /api/v1/rollouts/r-1/targets?limit=200", new Answer(200, """
                        {"items":[{"node":"n1","device":"cpu0","state":"withdrawn","reason":"confirmed","failure":"a<b|c"},
                                  {"node":"n2","device":"cpu0","state":"cancelled","reason":"rollout-halted"},
                                  {"node":"n3","device":"cpu0","state":"succeeded"}]}"""));
        Path summary = folder.resolve("summary.md");
        Path junit = folder.resolve("junit.xml");
        Ran nowhere = run("rollout", "wait", "r-1", "--summary", summary, "--junit", folder.resolve("none/j.xml"));
        assertThat(nowhere.err()).contains("j.xml cannot be written: there is no such folder");
        assertThat(summary).as("it does not even wait").doesNotExist();
        Ran ended = run("rollout", "wait", "r-1", "--summary", summary, "--junit", junit);
        assertThat(ended.code()).isEqualTo(3);
        assertThat(ended.out()).contains("glyphs 2.0.0: rolled-back (failure-threshold: 1 of wave 0 failed)");
        assertThat(ended.err()).contains("is rolled-back: failure-threshold: 1 of wave 0 failed");
        assertThat(Files.readString(summary))
                .contains("glyphs 2.0.0: rolled-back", "`failure-threshold`", "| withdrawn | 1 |", "a<b\\|c")
                .doesNotContain("n3");
        assertThat(Files.readString(junit))
                .contains(
                        "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"", "message=\"a&lt;b|c\"", "n3/cpu0\"/>");
    }

    @Test
    void whyNamesTheRule() {
        answers.put(
                "GET /api/v1/rollouts/r-1/why/n1/cpu0",
                new Answer(200, "{\"rule\":\"offline\",\"detail\":\"node n1 is not there\"}"));
        assertThat(run("rollout", "why", "r-1", "n1/cpu0").out().strip())
                .isEqualTo("n1/cpu0: offline: node n1 is not there");
        assertThat(run("rollout", "why", "r-1", "n1").code()).isEqualTo(2);
    }

    @Test
    void startSendsWhatWasAsked() throws IOException {
        answers.put("POST /api/v1/rollouts", new Answer(201, "{\"rollout\":\"r-1\",\"state\":\"running\"}"));
        Ran ran = run(
                "rollout",
                "start",
                "glyphs",
                "1.0.0",
                "--class",
                "cpu,mcu",
                "--waves",
                "25,100",
                "--max-latency-ms",
                "10",
                "--max-energy-mj",
                "0.5",
                "-o",
                "json");
        assertThat(ran.json().path("rollout").asText()).isEqualTo("r-1");
        assertThat(asked.getFirst())
                .endsWith("{\"model\":\"glyphs\",\"version\":\"1.0.0\",\"selector\":{\"classes\":[\"cpu\",\"mcu\"]},"
                        + "\"waves\":[25,100],\"maxLatencyMs\":10.0,\"maxEnergyMj\":0.5}");
    }

    @Test
    void pushMakesWhatIsMissingAndUploads() throws IOException {
        answers.put("POST /api/v1/models", new Answer(201, "{}"));
        answers.put("POST /api/v1/models/m/versions", new Answer(201, "{}"));
        answers.put("PUT /api/v1/models/m/versions/1.0.0/evaluation-set", new Answer(204, ""));
        answers.put(
                "PUT /api/v1/models/m/versions/1.0.0/variants/int8",
                new Answer(
                        201,
                        "{\"digest\":\"sha256:1\",\"accuracy\":{\"n\":10,\"correct\":9,\"fraction\":0.9,\"low95\":0.6,"
                                + "\"high95\":0.98}}"));
        Path file = Files.writeString(folder.resolve("f"), "bytes");
        Ran ran = run("model", "push", "m", "1.0.0", file, "--variant", "int8", "--evaluation-set", file);
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("sha256:1", "90.00 % of n=10");
        assertThat(asked).hasSize(4).last().asString().endsWith("bytes");
    }

    @Test
    void pushDerivesAVariantForEachScheme() throws IOException {
        answers.put("POST /api/v1/models", new Answer(200, "{}"));
        answers.put("POST /api/v1/models/m/versions", new Answer(200, "{}"));
        answers.put("PUT /api/v1/models/m/versions/1.0.0/source", new Answer(204, ""));
        answers.put(
                "POST /api/v1/models/m/versions/1.0.0/variants",
                new Answer(201, "{\"variant\":\"v\",\"digest\":\"sha256:2\",\"accuracy\":null}"));
        Path file = Files.writeString(folder.resolve("net.onnx"), "float");
        Ran ran = run("model", "push", "m", "1.0.0", file, "--scheme", "int8", "--scheme", "mixed:8,4");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out().lines()).hasSize(2).allMatch(line -> line.contains("sha256:2, accuracy not measured"));
        assertThat(asked.get(2)).endsWith("float");
        assertThat(asked.get(3)).endsWith("{\"scheme\":\"int8\",\"variant\":\"int8\",\"calibration\":\"zero-shot\"}");
        assertThat(asked.get(4)).contains("\"scheme\":\"mixed:8,4\",\"variant\":\"mixed-8-4\"");
        assertThat(run("model", "push", "m", "1.0.0", file).code())
                .as("neither scheme nor variant")
                .isEqualTo(2);
    }

    @Test
    void pushTellsOfTheVariantsThatWereMadeBeforeOneWasRefused() throws IOException {
        answers.put("POST /api/v1/models", new Answer(200, "{}"));
        answers.put("POST /api/v1/models/m/versions", new Answer(200, "{}"));
        answers.put("PUT /api/v1/models/m/versions/1.0.0/source", new Answer(204, ""));
        answers.put(
                "POST /api/v1/models/m/versions/1.0.0/variants"
                        + " {\"scheme\":\"int8\",\"variant\":\"int8\",\"calibration\":\"zero-shot\"}",
                new Answer(201, "{\"variant\":\"int8\",\"digest\":\"sha256:2\",\"accuracy\":null}"));
        Path file = Files.writeString(folder.resolve("net.onnx"), "float");
        Ran ran = run("model", "push", "m", "1.0.0", file, "--scheme", "int8", "--scheme", "ternary");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out().lines()).hasSize(1).allMatch(line -> line.contains("int8: sha256:2"));
        assertThat(ran.err()).contains("there is no such thing");
    }

    @Test
    void selectSaysWhyAndFailsWhereADeviceGetsNone() {
        String device =
                "{\"node\":\"n\",\"device\":\"%s\",\"chosen\":%s,\"reason\":\"%s\",\"variants\":[{\"variant\":\"int8\","
                        + "\"accuracy\":0.98,\"latencyMsP90\":1.5,\"energyMjP90\":null}]}";
        String one = device.formatted("cpu0", "\"int8\"", "chosen");
        String none = device.formatted("cpu1", "null", "int8: too large");
        String answer = "{\"version\":\"1\",\"matched\":%d,\"fitting\":%d,\"devices\":[%s]}";
        answers.put("POST /api/v1/models/m/select", new Answer(200, answer.formatted(1, 1, one)));
        Ran ran = run("model", "select", "m", "--class", "cpu", "--max-latency-ms", "2");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("n/cpu0", "0.980", "1.500", "chosen");
        assertThat(asked.getFirst())
                .contains("\"maxLatencyMs\":2.0", "\"selector\":{\"classes\":[\"cpu\"]}", "\"relax\":false");
        answers.put("POST /api/v1/models/m/select", new Answer(200, answer.formatted(300, 299, one + "," + none)));
        Ran refused = run("model", "select", "m");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out())
                .contains("int8: too large", "300 devices match, 299 of them get a variant; the first 2 are shown");
        answers.put("POST /api/v1/models/m/select", new Answer(200, answer.formatted(300, 299, one)));
        assertThat(run("model", "select", "m", "-o", "json").code())
                .as("one that is not shown gets none")
                .isEqualTo(1);
    }

    @Test
    void promoteAndLineageAndExport() throws IOException {
        answers.put("POST /api/v1/models/m/versions/1/promote", new Answer(200, "{\"state\":\"approved\"}"));
        assertThat(run("model", "promote", "m", "1").out().strip()).isEqualTo("m 1 is approved");
        assertThat(asked.getLast()).endsWith("{\"to\":\"approved\"}");
        answers.put(
                "GET /api/v1/models/m/versions/1/lineage",
                new Answer(
                        200,
                        "{\"sourceDigest\":\"sha256:5\",\"variants\":[{\"variant\":\"v\",\"digest\":\"sha256:6\",\"who\":\"ci\","
                                + "\"at\":\"T\",\"recipe\":{\"steps\":[{\"step\":\"fold\"}]}}],\"stages\":[{\"from\":\"draft\","
                                + "\"to\":\"evaluated\",\"who\":\"ci\",\"at\":\"T\"}]}"));
        assertThat(run("model", "lineage", "m", "1").out())
                .contains(
                        "source sha256:5",
                        "calibration -",
                        "step {\"step\":\"fold\"}",
                        "draft -> evaluated by ci at T");
        for (String format : List.of("stored", "package", "qcdq", "qonnx")) {
            answers.put(
                    "GET /api/v1/models/m/versions/1/variants/v/export?format=" + format,
                    new Answer(200, "bytes of " + format));
            Path out = folder.resolve(format);
            assertThat(run("model", "export", "m", "1", "v", "--as", format, "--out", out)
                            .code())
                    .isZero();
            assertThat(Files.readString(out)).isEqualTo("bytes of " + format);
        }
    }

    @Test
    void enrolPrintsTheTokenAlone() {
        answers.put("POST /api/v1/enrolment-tokens", new Answer(201, "{\"id\":\"1\",\"token\":\"fwe1.a.b\"}"));
        assertThat(run("token", "enrol", "--uses", "3").out().strip()).isEqualTo("fwe1.a.b");
        assertThat(asked.getFirst()).endsWith("{\"uses\":3,\"minutes\":60}");
    }
}
