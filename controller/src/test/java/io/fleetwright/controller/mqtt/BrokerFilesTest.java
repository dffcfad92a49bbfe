package io.fleetwright.controller.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The files say what the rules say: each is read here as its broker's manual has it, and asked the same questions. */
final class BrokerFilesTest {
    private static final int CASES = 20_000;
    private static final List<String> NAMES = List.of("t1", "t2", "n1", "n2", "n11");
    private static final Pattern EMQX_RULE =
            Pattern.compile("\\{allow, (all|\\{username, \"([^\"]+)\"}), (all|publish|subscribe), \\[(.+)]}\\.");

    private enum Action {
        PUBLISH,
        RECEIVE
    }

    private record Question(Identity identity, String topic, Action action) {
        boolean rules() {
            String address = topic.replace('/', '.');
            return action == Action.PUBLISH
                    ? AccessRules.isTopic(topic) && AccessRules.mayPublish(identity, address)
                    : AccessRules.maySubscribe(identity, filter(address), "");
        }

        /** That a node would hear of the address by. */
        private static String filter(String address) {
            List<String> levels = List.of(address.split("\\.", -1));
            return levels.size() < 6 ? address : String.join(".", levels.subList(0, 5)) + ".#";
        }

        String commonName() {
            return switch (identity) {
                case Identity.Controller() -> BrokerFiles.CONTROLLER_NAME;
                case Identity.Node(NodeAddress node) -> node.toString();
            };
        }
    }

    private static Question question(SplittableRandom random) {
        Identity identity = random.nextInt(5) == 0
                ? new Identity.Controller()
                : new Identity.Node(new NodeAddress(pick(random, NAMES), pick(random, NAMES)));
        List<String> levels = new ArrayList<>(List.of("fw", "v1", pick(random, NAMES), pick(random, NAMES)));
        levels.add(pick(random, List.of("up", "down", "in", "upx", "other")));
        levels.add(pick(random, List.of("birth", "work", "tensor", "x")));
        for (int more = random.nextInt(3); more > 0; more--) {
            levels.add(pick(random, NAMES));
        }
        if (random.nextInt(10) == 0) {
            levels.set(random.nextInt(levels.size()), pick(random, List.of("fw", "v2", "t1", "down")));
        }
        return new Question(
                identity,
                String.join("/", levels.subList(0, random.nextInt(4) == 0 ? 4 : levels.size())),
                random.nextBoolean() ? Action.PUBLISH : Action.RECEIVE);
    }

    private static String pick(SplittableRandom random, List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    @Test
    void emqxLetsThroughWhatTheRulesLetThrough() {
        String rules = BrokerFiles.of(BrokerFiles.Kind.EMQX, 8883).get("acl.conf");
        SplittableRandom random = new SplittableRandom(11);
        int allowed = 0;
        for (int i = 0; i < CASES; i++) {
            Question question = question(random);
            assertThat(emqx(String.valueOf(rules), question))
                    .as("case %d: %s", i, question)
                    .isEqualTo(question.rules());
            allowed += question.rules() ? 1 : 0;
        }
        assertThat(allowed).isGreaterThan(CASES / 50);
    }

    @Test
    void mosquittoLetsThroughWhatTheRulesLetThroughBesidesTensors() {
        String rules = BrokerFiles.of(BrokerFiles.Kind.MOSQUITTO, 8883).get("fleetwright.acl");
        SplittableRandom random = new SplittableRandom(12);
        int allowed = 0;
        for (int i = 0; i < CASES; i++) {
            Question question = question(random);
            boolean tensor = question.action == Action.PUBLISH
                    && question.identity instanceof Identity.Node
                    && question.topic.contains("/in/tensor/");
            boolean wanted = question.rules() && !tensor;
            assertThat(mosquitto(String.valueOf(rules), question))
                    .as("case %d: %s", i, question)
                    .isEqualTo(wanted);
            allowed += wanted ? 1 : 0;
        }
        assertThat(allowed).isGreaterThan(CASES / 50);
    }

    private static boolean mosquitto(String rules, Question question) {
        String user = null;
        for (String line : rules.lines().toList()) {
            if (line.startsWith("user ")) {
                user = line.substring(5);
            } else if (line.startsWith("pattern ") || line.startsWith("topic ")) {
                String[] words = line.split(" ", 3);
                boolean mine =
                        words[0].equals("pattern") || question.commonName().equals(user);
                boolean kind = words[1].equals("readwrite")
                        || words[1].equals(question.action == Action.PUBLISH ? "write" : "read");
                if (mine && kind && matches(words[2].replace("%u", question.commonName()), question.topic)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean emqx(String rules, Question question) {
        String[] name = question.commonName().split("/", -1);
        for (String line : rules.lines().toList()) {
            Matcher rule = EMQX_RULE.matcher(line);
            if (!rule.matches()) {
                assertThat(line).isEqualTo("{deny, all}.");
                return false;
            }
            boolean mine =
                    rule.group(2) == null ? name.length == 2 : rule.group(2).equals(question.commonName());
            boolean kind = rule.group(3).equals("all")
                    || rule.group(3).equals(question.action == Action.PUBLISH ? "publish" : "subscribe");
            for (String filter : rule.group(4).split(", ", -1)) {
                String plain = filter.substring(1, filter.length() - 1);
                if (mine && name.length == 2) {
                    plain = plain.replace("${client_attrs.tenant}", name[0]).replace("${client_attrs.node}", name[1]);
                }
                if (mine && kind && matches(plain, question.topic)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** MQTT 5, section 4.7. */
    private static boolean matches(String filter, String topic) {
        String[] filters = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        for (int i = 0; i < filters.length; i++) {
            if (filters[i].equals("#")) {
                // Section 4.7.1.2 lets it match the parent too, which no rule of ours needs: nobody publishes there.
                return levels.length > i;
            }
            if (i >= levels.length || !filters[i].equals("+") && !filters[i].equals(levels[i])) {
                return false;
            }
        }
        return filters.length == levels.length;
    }

    @Test
    void aNodeIsBannedBeforeItIsKickedAndFailuresAreTold() throws Exception {
        List<String> asked = new ArrayList<>();
        int[] status = {200, 204};
        String[] code = {""};
        HttpServer emqx = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        emqx.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readNBytes(10_000), StandardCharsets.UTF_8);
            asked.add("%s %s %s %s"
                    .formatted(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI(),
                            exchange.getRequestHeaders().getFirst("Authorization"),
                            body));
            byte[] answer = "{\"code\":\"%s\",\"message\":\"as it is\"}"
                    .formatted(code[0])
                    .getBytes(StandardCharsets.UTF_8);
            int said = status[exchange.getRequestMethod().equals("POST") ? 0 : 1];
            exchange.sendResponseHeaders(said, said == 204 ? -1 : answer.length);
            if (said != 204) {
                exchange.getResponseBody().write(answer);
            }
            exchange.close();
        });
        emqx.start();
        try {
            EmqxManagement management = new EmqxManagement(
                    URI.create("http://127.0.0.1:" + emqx.getAddress().getPort()), "key", "secret");
            NodeAddress node = new NodeAddress("t1", "n1");
            management.putOut(node);
            assertThat(asked)
                    .containsExactly(
                            "POST /api/v5/banned Basic a2V5OnNlY3JldA== {\"as\":\"clientid\",\"who\":\"t1/n1\",\"reason\":\"revoked\"}",
                            "DELETE /api/v5/clients/t1%2Fn1 Basic a2V5OnNlY3JldA== ");
            status[0] = 400;
            status[1] = 404;
            code[0] = "ALREADY_EXISTS";
            management.putOut(node);
            code[0] = "BAD_REQUEST";
            asked.clear();
            assertThatThrownBy(() -> management.putOut(node))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("400");
            assertThat(asked).hasSize(1);
            asked.clear();
            management.letIn(node);
            assertThat(asked).containsExactly("DELETE /api/v5/banned/clientid/t1%2Fn1 Basic a2V5OnNlY3JldA== ");
            status[1] = 500;
            assertThatThrownBy(() -> management.letIn(node))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("500");
            status[0] = 401;
            assertThatThrownBy(() -> management.putOut(node))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("401");
        } finally {
            emqx.stop(0);
        }
    }
}
