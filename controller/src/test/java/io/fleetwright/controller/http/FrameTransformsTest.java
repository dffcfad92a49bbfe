package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.runtime.transform.Argmax;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Resize;
import io.fleetwright.runtime.transform.TransformChain;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameTransformsTest {
    private static final Chains SMALLER = new Chains(
            Form.int8(2, 2, 1),
            new TransformChain(List.of(new Resize(1, 1, Resize.Method.NEAREST))),
            TransformChain.NONE);

    @Test
    void aPlaceIsGivenBackHoweverItEnds() {
        FrameTransforms one = new FrameTransforms(1, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> one.input(SMALLER, new byte[3]))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("input of 3 bytes; frame is int8[2,2,1] of 4 bytes");
            assertThat(one.input(SMALLER, new byte[] {7, 1, 2, 3})).containsExactly(7);
        }
    }

    @Test
    void whoFindsNoPlaceInTimeIsRefusedAndWhoNeedsNoneIsNot() {
        FrameTransforms full = new FrameTransforms(0, Duration.ofMillis(1));
        assertThatThrownBy(() -> full.input(SMALLER, new byte[4]))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.TOO_MANY));
        Chains after = new Chains(null, TransformChain.NONE, new TransformChain(List.of(new Argmax())));
        assertThat(full.input(after, new byte[] {5})).containsExactly(5);
    }
}
