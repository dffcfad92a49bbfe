package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.scenario.Board;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WildfireTest {
    private static long macs(LayerGraph network) {
        return network.layers().stream().mapToLong(Layer::macs).sum();
    }

    @Test
    void networksHaveThePublishedWork() throws Exception {
        List<LayerGraph> networks = WildfireNetworks.all();
        assertThat(macs(networks.getFirst())).isEqualTo(16 * 626_400L);
        assertThat(macs(networks.get(1))).isEqualTo(7_489_664L);
        assertThat(macs(networks.getLast())).isEqualTo(617_728L);
        assertThat(networks.get(1).feature(7).elements()).isEqualTo(4608);
    }

    @Test
    void boardsHaveThePublishedTimesAndEnergies() throws Exception {
        List<Board> boards = WildfireFleet.of(WildfireNetworks.all());
        assertThat(boards).hasSize(24);
        Board escort = boards.get(6);
        assertThat(escort.name()).isEqualTo("escort-1");
        assertThat(sum(escort.tiers().get(1).millis())).isEqualTo(88.9284, within());
        assertThat(sum(escort.tiers().get(1).millijoules())).isEqualTo(3.894566, within());
        Board scout = boards.getFirst();
        assertThat(sum(scout.tiers().getFirst().millis())).isEqualTo(54.0 * 16 * 626_400 / 7_158_000, within());
        assertThat(sum(scout.tiers().getFirst().millijoules()))
                .isEqualTo(0.3026 * 54.0 * 16 * 626_400 / 7_158_000, within());
    }

    private static Offset<Double> within() {
        return Assertions.within(1e-6);
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** The figures of the offload page hold for other seeds as well, with the policy's own and its baselines on the same settings. */
    @Test
    void sharedFramesAreAFifthBetterThanBothBaselinesOnUnseenSeeds() throws Exception {
        JsonNode root = Ran.of("simulate", "--scenario", "wildfire", "--seeds", "5", "--seed", "1001", "--json")
                .json();
        assertThat(root.path("ratios")).hasSize(2);
        for (JsonNode ratio : root.path("ratios")) {
            assertThat(ratio.path("missRate").asDouble()).isPositive().isLessThan(0.8);
            assertThat(ratio.path("activeMjPerResult").asDouble()).isPositive().isLessThan(0.8);
        }
        JsonNode shared = root.path("policies").path(0);
        assertThat(shared.path("policy").asText()).isEqualTo("shared");
        assertThat(shared.path("missedPerDropMax").asInt()).isLessThanOrEqualTo(1);
        assertThat(shared.path("drops").asDouble()).isPositive();
        JsonNode local = root.path("policies").path(4);
        assertThat(local.path("policy").asText()).isEqualTo("local");
        // The same frames; the source alone shares none.
        assertThat(local.path("frames").asDouble())
                .isEqualTo(shared.path("frames").asDouble());
        assertThat(local.path("drops").asDouble()).isZero();
        assertThat(shared.path("missRate").asDouble())
                .isLessThan(local.path("missRate").asDouble());
    }

    @Test
    void aSeedGivesTheSameAgain() throws Exception {
        ObjectNode once = run("3");
        assertThat(run("3")).isEqualTo(once);
        assertThat(run("4")).isNotEqualTo(once);
    }

    private static ObjectNode run(String seed) throws Exception {
        var root = (ObjectNode) Ran.of("simulate", "--scenario", "wildfire", "--seeds", "1", "--seed", seed, "--json")
                .json();
        // Times of this machine are no part of the result.
        root.remove("seed");
        root.path("policies").forEach(policy -> ((ObjectNode) policy).remove(List.of("replanMedianMs", "replanMaxMs")));
        return root;
    }

    @Test
    void theTableHasALineForEachPolicyAndBothRatios() {
        Ran ran = Ran.of("simulate", "--scenario", "wildfire", "--seeds", "1", "--policy", "shared,round-robin,heft");
        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines().toList()).hasSize(7);
        assertThat(ran.out()).contains("shared over round-robin: missed 0.").contains("shared over heft: missed 0.");
    }

    @Test
    void theDrawingHasADotForEachSeedOfAPolicyAndNamesEachOnce(@TempDir Path folder) throws Exception {
        Path drawing = folder.resolve("wildfire.svg");
        Ran ran = Ran.of(
                "simulate", "--scenario", "wildfire", "--seeds", "2", "--policy", "shared,heft", "--svg", drawing);
        assertThat(ran.code()).as(ran.err()).isZero();
        String svg = Files.readString(drawing);
        assertThat(svg.split("<circle class=\"on\"", -1)).hasSize(1 + 2);
        assertThat(svg.split("<circle class=\"off\"", -1)).hasSize(1 + 2);
        assertThat(svg.split(">shared<", -1)).hasSize(2);
        assertThat(svg.split(">heft<", -1)).hasSize(2);
    }

    @Test
    void onMainsNoBatteryEnds() throws Exception {
        JsonNode root = Ran.of(
                        "simulate", "--scenario", "wildfire", "--seeds", "1", "--mains", "--policy", "heft", "--json")
                .json();
        assertThat(root.path("policies").path(0).path("batteriesEmpty").asDouble())
                .isZero();
        assertThat(root.path("ratios")).isEmpty();
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedByName() {
        refused("--scenario takes no --platform", "--scenario", "wildfire", "--platform", "F");
        refused("--scenario takes no --noise", "--scenario", "wildfire", "--noise", "0.1");
        refused("unknown scenario 'flood'; known: wildfire", "--scenario", "flood");
        refused("unknown policy 'etf' of a scenario", "--scenario", "wildfire", "--policy", "etf");
        refused("--seeds (0) must be 1 to 1000", "--scenario", "wildfire", "--seeds", "0");
        refused("--seeds, --mains and --svg are options of --scenario", "--mains");
        refused("Missing required options: --platform, --jobs, --arrivals", "--policy", "etf");
    }

    private static void refused(String message, String... options) {
        var arguments = new Object[options.length + 1];
        arguments[0] = "simulate";
        System.arraycopy(options, 0, arguments, 1, options.length);
        Ran ran = Ran.of(arguments);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains(message);
        assertThat(ran.out()).isEmpty();
    }
}
