package io.fleetwright.controller.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.NodeAddress;
import org.junit.jupiter.api.Test;

final class PutPlacesTest {
    private final PutPlaces places = new PutPlaces();

    private static NodeAddress node(int number) {
        return new NodeAddress("acme", "n" + number);
    }

    @Test
    void aNodeHasSomeOfThePlacesAndAllHaveNoMoreThanThereAre() {
        for (int node = 0; node < PutPlaces.ALL_MAX / PutPlaces.OF_NODE_MAX; node++) {
            for (int i = 0; i < PutPlaces.OF_NODE_MAX; i++) {
                assertThat(places.take(node(node))).isTrue();
            }
            assertThat(places.take(node(node))).isFalse();
        }
        assertThat(places.take(node(99))).isFalse();
        places.free(node(0));
        assertThat(places.take(node(99))).isTrue();
        assertThat(places.take(node(0))).isFalse();
    }
}
