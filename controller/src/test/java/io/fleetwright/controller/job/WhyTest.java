package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WhyTest {
    private static String fitting(int charsMax, List<String> first, List<String> second) {
        return Why.fitting(
                charsMax, first, second, (one, other) -> (one + "" + other).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theLastOfTheSecondListAreLeftOutFirst() {
        assertThat(fitting(20, List.of("a", "b"), List.of("c", "d"))).isEqualTo("[a, b][c, d]");
        assertThat(fitting(11, List.of("a", "b"), List.of("c", "d"))).isEqualTo("[a, b][c]");
        assertThat(fitting(8, List.of("a", "b"), List.of("c", "d"))).isEqualTo("[a, b][]");
        assertThat(fitting(7, List.of("a", "b"), List.of("c", "d"))).isEqualTo("[a][]");
        assertThat(fitting(0, List.of("a", "b"), List.of("c", "d"))).isEqualTo("[][]");
    }
}
