package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ZeroMaskTest {
    @Test
    void whatIsCodedComesBackToTheLastByte() throws Exception {
        SeededCases.forEach(1, 500, (random, seed) -> {
            byte[] plain = new byte[1 + random.nextInt(300)];
            int percent = random.nextInt(101);
            byte zero = (byte) random.nextInt(256);
            int zeros = 0;
            for (int i = 0; i < plain.length; i++) {
                plain[i] = random.nextInt(100) < percent ? zero : (byte) random.nextInt(256);
                zeros += plain[i] == zero ? 1 : 0;
            }
            byte[] coded = ZeroMask.encode(plain);
            assertThat(coded.length).isLessThanOrEqualTo(ZeroMask.bytesMin(plain.length) + plain.length - zeros);
            assertThat(decoded(coded, plain.length)).isEqualTo(plain);
        });
    }

    private static byte[] decoded(byte[] coded, int bytes) {
        try {
            return ZeroMask.decode(coded, bytes);
        } catch (MalformedMessageException refused) {
            throw new AssertionError(refused);
        }
    }

    @Test
    void theLayoutIsTheValueTheMaskAndWhatIsKept() {
        byte[] plain = {5, 5, 1, 5, 5, 5, 5, 5, 5, 2};
        assertThat(ZeroMask.encode(plain)).containsExactly(5, 0b100, 0b10, 1, 2);
        assertThat(ZeroMask.encode(new byte[4])).containsExactly(0, 0);
    }

    @Test
    void wrongLengthsAndBitsAreRefused() {
        byte[] coded = ZeroMask.encode(new byte[] {5, 5, 1, 5, 5, 5, 5, 5, 5, 2});
        for (int bytes : new int[] {0, -1, 9, 17, 1 << 24, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> ZeroMask.decode(coded, bytes))
                    .as("%d bytes", bytes)
                    .isInstanceOf(MalformedMessageException.class);
        }
        assertThatThrownBy(() -> ZeroMask.decode(Arrays.copyOf(coded, coded.length + 1), 10))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> ZeroMask.decode(Arrays.copyOf(coded, coded.length - 1), 10))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> ZeroMask.decode(new byte[0], 1)).isInstanceOf(MalformedMessageException.class);
    }

    @Test
    void aTensorCannotSayThatItIsLongerThanItsMaskAllows() {
        byte[] digest = new byte[32];
        Tensor.Timing none = Tensor.Timing.NONE;
        assertThat(new Tensor("t", 1, 0, 3, new byte[3], digest, none, 16).plain())
                .isEqualTo(16);
        for (int plain : new int[] {-1, 1, 3, 17, Tensor.TOTAL_MAX + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> new Tensor("t", 1, 0, 3, new byte[3], digest, none, plain))
                    .as("%d bytes", plain)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
