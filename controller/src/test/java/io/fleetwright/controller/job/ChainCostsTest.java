package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.runtime.transform.Argmax;
import io.fleetwright.runtime.transform.TransformChain;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What transforms took around one network says nothing of the same ones behind a larger one. */
final class ChainCostsTest {
    private static final Chains ARGMAX =
            new Chains(null, TransformChain.NONE, new TransformChain(List.of(new Argmax())));

    private static VariantRow giving(String shape) {
        VariantRow row = new VariantRow();
        row.inputShape = "1,4";
        row.outputShape = shape;
        return row;
    }

    @Test
    void whatIsSeenBehindASmallOutputIsNotCountedBehindALargeOne() {
        ChainCosts costs = new ChainCosts();
        VariantRow small = giving("1,10");
        VariantRow large = giving("1,60000");
        JobRow job = new JobRow();
        job.put(ARGMAX);
        job.afterMicros = 9_000L;
        for (int i = 0; i < 3; i++) {
            costs.learn(job, small, "acme/a/cpu0", "acme/a/cpu0");
        }
        assertThat(costs.of("acme/a/cpu0", ARGMAX, small).afterMicros()).isEqualTo(9_000);
        assertThat(costs.of("acme/a/cpu0", ARGMAX, large).afterMicros())
                .isEqualTo(ARGMAX.guess(large).afterMicros());
    }
}
