package io.fleetwright.controller.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BrakeTest {
    private final AtomicLong held = new AtomicLong();
    private final Brake brake = new Brake(new Brake.Limits(100, 200, 1), held::get);
    private final List<String> said = new ArrayList<>();

    private Brake.Source source(String name) {
        return on -> said.add(name + " " + on);
    }

    @Test
    void belowTheFirstLimitNobodyWaits() {
        held.set(99);
        assertThat(brake.published(source("a"))).isEqualTo(Brake.Verdict.TAKEN);
        brake.release();
        assertThat(said).isEmpty();
    }

    @Test
    void fromThereOnEachConnectionHasOneMessageForEachRelease() {
        held.set(100);
        Brake.Source a = source("a");
        Brake.Source b = source("b");
        assertThat(brake.published(a)).isEqualTo(Brake.Verdict.SLOWED);
        assertThat(brake.published(b)).isEqualTo(Brake.Verdict.SLOWED);
        assertThat(brake.published(a)).isEqualTo(Brake.Verdict.SLOWED);
        assertThat(said).containsExactly("a false", "b false", "a false");
        said.clear();

        held.set(199);
        brake.release();
        assertThat(said).containsExactlyInAnyOrder("a true", "b true");
        said.clear();
        brake.release();
        assertThat(said).isEmpty();
    }

    @Test
    void fromTheSecondOnWhoPublishesIsRefused() {
        held.set(200);
        assertThat(brake.published(source("a"))).isEqualTo(Brake.Verdict.REFUSED);
        assertThat(said).isEmpty();
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new Brake.Limits(2, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("slow 2, full 1");
        assertThatThrownBy(() -> new Brake.Limits(1, 1, 0)).hasMessageContaining("per queue 0");
    }
}
