package io.fleetwright.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import io.fleetwright.trust.artifact.Delta;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a new version says about the one before, and the deltas that are handed out. */
final class DeltasTest {
    private static final String TENANT = TestFleet.TENANT;

    private final TestFleet fleet = new TestFleet();
    private byte[] network = {};

    @BeforeEach
    void publish() throws Exception {
        network = Files.readAllBytes(SharedData.projectRoot()
                .resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs/glyphs-w1.0-int8.tflite"));
        assertThat(fleet.core().models().create(TENANT, "glyphs")).isTrue();
    }

    /** The same network with one weight changed, as a version of its own. */
    private VariantRow put(String version, String variant, int change) {
        assertThat(fleet.core().models().createVersion(TENANT, "glyphs", version))
                .isTrue();
        byte[] changed = network.clone();
        changed[network.length / 2] += (byte) change;
        fleet.clock.advance(java.time.Duration.ofSeconds(1));
        return fleet.core().models().putVariant(TENANT, "glyphs", version, variant, changed, "test");
    }

    @Test
    void aVariantSaysWhatItAddedAndHowFarItIsFromTheVersionBefore() throws Exception {
        VariantRow first = put("1.0.0", "int8", 0);
        assertThat(first.storedBytes).isEqualTo(network.length);
        assertThat(first.deltaBase).isNull();
        assertThat(first.deltaBytes).isNull();
        VariantRow second = put("1.1.0", "int8", 1);
        assertThat(second.deltaBase).isEqualTo(first.digest);
        assertThat(second.deltaBytes).isBetween(70L, 200L);
        assertThat(second.storedBytes).isBetween(1L, (long) network.length / 2);
        assertThat(put("1.2.0", "other", 2).deltaBase)
                .as("no such variant before")
                .isNull();
        assertThat(put("1.3.0", "int8", 3).deltaBase).isEqualTo(second.digest);
        assertThat(put("1.4.0", "int8", 3).storedBytes)
                .as("the same bytes again")
                .isZero();
    }

    @Test
    void aDeltaMakesTheOneOfTheOther() throws Exception {
        Digest first = new Digest(put("1.0.0", "int8", 0).digest);
        VariantRow second = put("1.1.0", "int8", 1);
        byte[] delta = fleet.core().deltas().between(first, new Digest(second.digest));
        assertThat((long) delta.length).isEqualTo(second.deltaBytes);
        assertThat(Digest.of(Delta.apply(network, delta, network.length)).value())
                .isEqualTo(second.digest);
        byte[] again = fleet.core().deltas().between(first, new Digest(second.digest));
        assertThat(Arrays.equals(again, delta)).isTrue();
    }

    @Test
    void noDeltaIsMadeOfWhatIsNotThere() {
        Digest first = new Digest(put("1.0.0", "int8", 0).digest);
        Digest none = Digest.of(new byte[1]);
        assertThatThrownBy(() -> fleet.core().deltas().between(none, first)).isInstanceOf(ArtifactException.class);
        assertThatThrownBy(() -> fleet.core().deltas().between(first, none)).isInstanceOf(ArtifactException.class);
    }
}
