package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SelfTestTest {
    @Test
    void everybodyMakesTheSameInputsAndSeesEveryAnswer() {
        List<byte[]> inputs = new ArrayList<>();
        byte[] echo = SelfTest.of(3, input -> {
            inputs.add(input);
            return input;
        });
        assertThat(inputs).hasSize(2).doesNotHaveDuplicates();
        assertThat(inputs.getFirst()[0]).isEqualTo((byte) ((6364136223846793005L + 1442695040888963407L) >>> 56));
        assertThat(SelfTest.of(3, input -> input)).isEqualTo(echo).hasSize(32);
        for (int run = 0; run < 2; run++) {
            int changed = run;
            int[] count = {0};
            byte[] other = SelfTest.of(3, input -> {
                byte[] answer = input.clone();
                answer[2] ^= (byte) (count[0]++ == changed ? 1 : 0);
                return answer;
            });
            assertThat(HexFormat.of().formatHex(other))
                    .isNotEqualTo(HexFormat.of().formatHex(echo));
        }
    }
}
