package io.fleetwright.controller.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PlacesTest {
    private final Places places = new Places(4, 3, 2);

    private static NodeAddress node(String tenant, int number) {
        return new NodeAddress(tenant, "n" + number);
    }

    @Test
    void nodesOfOneTenantDoNotTakeAllPlacesHoweverManyTheyAre() {
        assertThat(IntStream.range(0, 10)
                        .filter(i -> places.take(node("slow", i)))
                        .count())
                .isEqualTo(3);
        assertThat(places.take(node("other", 0))).isTrue();
        assertThat(places.take(node("third", 0))).isFalse();
        places.free(node("slow", 0));
        assertThat(places.take(node("third", 0))).isTrue();
        assertThat(places.take(node("slow", 0))).isFalse();
    }

    @Test
    void oneNodeHasSomeOfThem() {
        assertThat(IntStream.range(0, 10)
                        .filter(_ -> places.take(node("acme", 1)))
                        .count())
                .isEqualTo(2);
        assertThat(places.take(node("acme", 2))).isTrue();
    }
}
