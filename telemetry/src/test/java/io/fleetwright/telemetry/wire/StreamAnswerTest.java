package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StreamAnswerTest {
    private static byte[] answer(Double energy) {
        return new StreamAnswer(900, true, energy, EnergyMethod.MODEL, 0.3, new byte[] {1}).encode();
    }

    /** Two of them in a window would come to a sum that no report can say. */
    @Test
    void anEnergyThatNoSumCanHoldIsRefused() throws Exception {
        assertThat(StreamAnswer.decode(answer(StreamAnswer.ENERGY_MAX)).energyMicrojoules())
                .isEqualTo(StreamAnswer.ENERGY_MAX);
        for (double wrong : new double[] {1.7e308, -1}) {
            assertThatThrownBy(() -> StreamAnswer.decode(answer(wrong)))
                    .isInstanceOf(MalformedMessageException.class)
                    .hasMessageContaining("energyMicrojoules");
        }
    }
}
