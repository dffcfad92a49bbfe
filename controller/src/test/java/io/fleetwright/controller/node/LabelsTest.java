package io.fleetwright.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class LabelsTest {
    @Test
    void whatIsStoredIsReadBack() {
        Labels labels = Labels.of(Map.of("site", "north", "a.b-c_d", "", "rack", "A_1.x-2"));
        assertThat(Labels.stored(labels.json())).isEqualTo(labels);
        assertThat(Labels.stored("{}")).isEqualTo(Labels.NONE);
    }

    @Test
    void refusesWhatIsNoLabelAndTooMany() {
        for (Map.Entry<String, String> wrong : Map.of(
                        "",
                        "x",
                        "Site",
                        "x",
                        "a b",
                        "x",
                        "x".repeat(64),
                        "x",
                        "site",
                        "nor\"th",
                        "rack",
                        "x".repeat(64))
                .entrySet()) {
            assertThatThrownBy(() -> Labels.of(Map.of(wrong.getKey(), wrong.getValue())))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining(wrong.getKey());
        }
        Map<String, String> many = new TreeMap<>();
        for (int i = 0; i < 33; i++) {
            many.put("l" + i, "x");
        }
        assertThatThrownBy(() -> Labels.of(many)).isInstanceOf(Refusal.class).hasMessageContaining("33");
        many.remove("l0");
        assertThat(Labels.stored(Labels.of(many).json()).values()).hasSize(32);
    }
}
