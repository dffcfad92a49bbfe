package io.fleetwright.telemetry.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.telemetry.wire.DeviceClass;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeviceProfilesTest {
    @Test
    void everyClassIsThereAndEveryFigureIsCited() {
        Set<DeviceClass> classes = new HashSet<>();
        for (DeviceProfile profile : DeviceProfiles.all()) {
            classes.add(profile.deviceClass());
            for (DeviceProfile.Row row : profile.rows()) {
                assertThat(profile.sources())
                        .as("%s %s", profile.id(), row.network())
                        .anyMatch(source -> source.key().equals(row.source()));
            }
        }
        assertThat(classes).containsExactlyInAnyOrder(DeviceClass.values());
    }

    @Test
    void aPublishedNetworkGetsItsPublishedFigures() {
        Estimate estimate = DeviceProfiles.find("stm32l4r5").orElseThrow().estimate("ic-resnet8", 12_501_632);
        assertThat(estimate.published()).isTrue();
        assertThat(estimate.latencyMicros()).isCloseTo(165_125.5, within(1e-6));
        assertThat(estimate.energyMicrojoules()).isCloseTo(6919.375, within(1e-6));
    }

    @Test
    void anotherNetworkIsScaledByItsMacsWithMoreUncertainty() {
        DeviceProfile profile = DeviceProfiles.find("gap9").orElseThrow();
        Estimate one = profile.estimate("glyphs", 1_000_000);
        Estimate two = profile.estimate("glyphs", 2_000_000);
        assertThat(one.published()).isFalse();
        assertThat(two.latencyMicros()).isCloseTo(2 * one.latencyMicros(), within(1e-6));
        assertThat(one.latencyUncertainty()).isGreaterThanOrEqualTo(0.3);
    }

    @Test
    void aNetworkFarFromEveryPublishedOneIsFarLessCertain() {
        DeviceProfile profile = DeviceProfiles.find("jetson-orin-nano-8gb").orElseThrow();
        Estimate tiny = profile.estimate("glyphs", 300_000);
        Estimate near = profile.estimate("another", 10_000_000_000L);
        assertThat(tiny.latencyUncertainty()).isGreaterThan(2);
        assertThat(near.latencyUncertainty()).isLessThan(0.5);
    }

    @Test
    void withoutAPowerFigureTheEnergyIsUnknownAndNotZero() {
        Estimate estimate = DeviceProfiles.find("snapdragon-8gen3-sensing-hub")
                .orElseThrow()
                .estimate("glyphs", 1_000_000);
        assertThat(estimate.energyMicrojoules()).isNull();
        assertThat(estimate.energyUncertainty()).isNull();
    }
}
