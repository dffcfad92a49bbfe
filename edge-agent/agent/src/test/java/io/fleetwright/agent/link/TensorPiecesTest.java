package io.fleetwright.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.trust.Digest;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TensorPiecesTest {
    private static final int BYTES = 100_000;

    private final byte[] tensor = new byte[BYTES];

    private Tensor stretch(int at, int length) {
        new SplittableRandom(5).nextBytes(tensor);
        byte[] digest = Digest.sha256().digest(tensor);
        return new Tensor("t", 1, at, BYTES, Arrays.copyOfRange(tensor, at, Math.min(BYTES, at + length)), digest);
    }

    private TensorPieces.Outcome all(int length) {
        TensorPieces pieces = new TensorPieces(BYTES);
        TensorPieces.Outcome last = TensorPieces.Outcome.KEPT;
        for (int at = 0; at < BYTES && last == TensorPieces.Outcome.KEPT; at += length) {
            last = pieces.take(stretch(at, length));
        }
        return last;
    }

    /** Each stretch takes memory for itself, which nothing else bounds. */
    @Test
    void aTensorInCrumbsIsRefused() {
        assertThat(all(256)).isEqualTo(TensorPieces.Outcome.WHOLE);
        assertThat(all(100)).isEqualTo(TensorPieces.Outcome.WRONG);
        assertThat(all(1)).isEqualTo(TensorPieces.Outcome.WRONG);
    }
}
