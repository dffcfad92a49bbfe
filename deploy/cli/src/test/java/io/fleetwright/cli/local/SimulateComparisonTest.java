package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulateComparisonTest {
    private static Ran simulate(String policies, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "simulate",
                "--platform",
                SharedData.require("workloads/ds3/soc/multiple-bal.json").toString(),
                "--jobs",
                SharedData.require("workloads/ds3/jobs").toString(),
                "--arrivals",
                SharedData.require("workloads/traces/sixapp_scale200_seed0_arrivals.csv")
                        .toString(),
                "--policy",
                policies));
        words.addAll(Arrays.asList(more));
        return Ran.of(words.toArray());
    }

    @Test
    void severalPoliciesAreComparedByAnObjective() throws IOException {
        JsonNode json =
                simulate("met,etf,energy", "--objective", "energy", "--json").json();
        JsonNode results = json.path("results");
        assertThat(results).extracting(each -> each.path("policy").asText()).containsExactly("met", "etf", "energy");
        assertThat(json.path("objective").asText()).isEqualTo("energy");
        String best = json.path("best").asText();
        double least = Double.POSITIVE_INFINITY;
        String expected = "";
        for (JsonNode result : results) {
            assertThat(result.path("value").asDouble() * 1000)
                    .isCloseTo(result.path("energyMj").asDouble(), withPercentage(1e-6));
            if (result.path("energyMj").asDouble() < least) {
                least = result.path("energyMj").asDouble();
                expected = result.path("policy").asText();
            }
        }
        assertThat(best).isEqualTo(expected);
    }

    @Test
    void aTableNamesTheBest() throws IOException {
        Ran ran = simulate("met,etf", "--objective", "mean-latency");
        assertThat(ran.out()).contains("met ").contains("etf ").contains("Best by mean-latency: etf, ");
    }

    @Test
    void allStandsForEveryPolicy() throws IOException {
        assertThat(simulate("all", "--horizon-us", "2000", "--json").json().path("results"))
                .extracting(each -> each.path("policy").asText())
                .containsExactlyElementsOf(OnlinePolicies.names());
    }

    @Test
    void whatCannotBeComparedIsWrongUsage() throws IOException {
        Ran objective = simulate("etf", "--objective", "beauty");
        assertThat(objective.code()).isEqualTo(2);
        assertThat(objective.err()).contains("'beauty' is not makespan, mean-latency");
        Ran chart = simulate("etf,met", "--schedule", "none/out.csv");
        assertThat(chart.code()).isEqualTo(2);
        assertThat(chart.err()).contains("show one policy, not 2");
    }
}
