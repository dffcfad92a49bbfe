package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.Effects;
import org.junit.jupiter.api.Test;

final class HintRingTest {
    private final HintRing ring = new HintRing("run", 3);

    private String add(String id) {
        return ring.id(ring.add(new Effects.Hint("acme", "node", id)).number());
    }

    @Test
    void aReaderGoesOnBehindTheEventThatItHasSeenLast() {
        assertThat(ring.after("run-0"))
                .hasValueSatisfying(after -> assertThat(after).isEmpty());
        String a = add("a");
        String b = add("b");
        assertThat(ring.after(a))
                .hasValueSatisfying(after ->
                        assertThat(after).extracting(hint -> hint.hint().id()).containsExactly("b"));
        assertThat(ring.after(b)).hasValueSatisfying(after -> assertThat(after).isEmpty());
        assertThat(ring.after("run-0"))
                .hasValueSatisfying(after -> assertThat(after).hasSize(2));
    }

    @Test
    void whoMissedMoreThanTheRingHoldsIsToldSo() {
        String a = add("a");
        add("b");
        add("c");
        add("d");
        assertThat(ring.after(a)).hasValueSatisfying(after -> assertThat(after).hasSize(3));
        add("e");
        assertThat(ring.after(a)).isEmpty();
        for (String madeUp :
                new String[] {"", "run", "run-", "run-x", "run-6", "run--1", "other-5", "run-99999999999999999999"}) {
            assertThat(ring.after(madeUp)).as(madeUp).isEmpty();
        }
    }
}
