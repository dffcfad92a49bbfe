package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import org.junit.jupiter.api.Test;

final class StreamPlacesTest {
    private final StreamPlaces places = new StreamPlaces("streams", 2, 3);

    private void assertFull(String tenant) {
        assertThatThrownBy(() -> places.take(tenant))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.TOO_MANY))
                .hasMessageContaining("at most 2 of a tenant and 3 in all");
    }

    @Test
    void aTenantHasSomeOfThemAndAPlaceIsFreeOnceWhenItIsLeft() {
        StreamPlaces.Place first = places.take("acme");
        StreamPlaces.Place _ = places.take("acme");
        assertFull("acme");
        StreamPlaces.Place _ = places.take("other");
        assertFull("third");
        first.leave();
        first.leave();
        StreamPlaces.Place _ = places.take("third");
        assertFull("third");
    }
}
